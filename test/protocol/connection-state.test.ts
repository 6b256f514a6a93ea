import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  type ConnectionEvent,
  type ConnectionState,
  hasStarted,
  isTold,
  nextState,
} from '../../src/protocol/connection-state.ts';
import { type ProtocolAccess, type ProtocolName, protocolNames } from '../../src/protocol/protocol-access.ts';

const everyone: ProtocolAccess = { accept: protocolNames, token: undefined };
const only = (...accept: ProtocolName[]): ProtocolAccess => ({ accept, token: undefined });
const events = [
  ...['wire', 'jpeg', 'http', 'length field', 'frame', 'mark', 'message'],
  ...['HELO', 'FRAM', 'pong', 'WELC', 'ACKN', 'skip', 'ping', 'FAIL', 'JOIN', 'TOKN'],
] as ConnectionEvent[];

const beforeHello = /before a HELO/;
const fromSender = /from a sender/;

/** Of each state, what becomes of it by each event; a pattern: the message of BAD_MESSAGE, which is also that of omitted events. */
const table: Record<ConnectionState, [unlisted: RegExp, Partial<Record<ConnectionEvent, ConnectionState | RegExp>>]> = {
  unknown: [
    beforeHello,
    {
      ...{ wire: 'unknown', jpeg: 'jpeg', http: 'http' },
      ...{
        'length field': 'classic',
        frame: 'classic',
        mark: 'marked',
        message: 'greeting',
        HELO: 'wire 2',
        JOIN: 'joining',
      },
    },
  ],
  jpeg: [beforeHello, {}],
  http: [beforeHello, {}],
  classic: [
    beforeHello,
    { 'length field': 'classic', frame: 'classic', mark: 'marked', message: 'upgrading', HELO: 'wire 2' },
  ],
  marked: [
    beforeHello,
    { 'length field': 'marked', frame: 'marked', mark: 'marked', message: 'upgrading', HELO: 'wire 2' },
  ],
  greeting: [beforeHello, { message: 'greeting', HELO: 'wire 2', JOIN: 'joining' }],
  upgrading: [beforeHello, { message: 'upgrading', HELO: 'wire 2' }],
  'wire 2': [fromSender, { message: 'wire 2', FRAM: 'wire 2', pong: 'wire 2', HELO: /a second HELO/ }],
  joining: [/behind a JOIN/, { message: 'joining' }],
};

function check(state: ConnectionState, event: ConnectionEvent, expected: ConnectionState | RegExp): void {
  const become = () => nextState(state, event, everyone);
  if (typeof expected === 'string') assert.equal(become(), expected, event);
  else assert.throws(become, { code: 'BAD_MESSAGE', message: expected }, event);
}

describe('nextState', () => {
  for (const [state, [unlisted, row]] of Object.entries(table)) {
    test(`says for every event what a connection that is ${state} becomes, or that it may not`, () => {
      for (const event of events) check(state as ConnectionState, event, row[event] ?? unlisted);
      const h264 = () => nextState(state as ConnectionState, 'h264', everyone);
      assert.throws(h264, { code: 'NOT_JPEG', message: /H\.264.*--codec mjpeg/ });
    });
  }

  test('lets a connection become nothing that is not accepted', () => {
    const rejected: [ConnectionState, ConnectionEvent, ProtocolAccess][] = [
      ['unknown', 'jpeg', only('2', 'classic', 'http')],
      ['unknown', 'length field', only('2', 'jpeg', 'http')],
      ['unknown', 'message', only('classic', 'jpeg', 'http')],
      ['classic', 'message', only('classic')],
    ];
    for (const args of rejected) assert.throws(() => nextState(...args), { code: 'NOT_ACCEPTED' });
  });

  test('leaves it to each HTTP request whether HTTP is accepted, as each gets an answer', () => {
    assert.equal(nextState('unknown', 'http', only('2')), 'http');
  });

  test('takes marks for padding where wire 2 is not accepted', () => {
    assert.equal(nextState('classic', 'mark', only('classic')), 'classic');
  });

  test('lets nothing but wire 2 begin where there is a token', () => {
    const access = { accept: protocolNames, token: {} };
    for (const event of ['jpeg', 'length field'] as const) {
      assert.throws(() => nextState('unknown', event, access), { code: 'TOKEN_MISSING' });
    }
    assert.equal(nextState(nextState('unknown', 'message', access), 'HELO', access), 'wire 2');
  });

  test('says which connections have shown that they are senders, and which are told of an error', () => {
    const states = Object.keys(table) as ConnectionState[];
    assert.deepEqual(
      states.filter((state) => !hasStarted(state)),
      ['unknown', 'greeting'],
    );
    assert.deepEqual(
      states.filter((state) => isTold(state, 'BAD_MESSAGE')),
      ['http', 'marked', 'greeting', 'upgrading', 'wire 2', 'joining'],
    );
    for (const code of ['TOKEN_MISSING', 'NOT_ACCEPTED', 'NOT_JPEG'] as const) {
      assert.ok(states.every((state) => isTold(state, code)));
    }
  });
});
