import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Delivery } from '../../src/protocol/frame.ts';
import {
  acknowledging,
  beginNegotiation,
  frameWire,
  mustAwaitAnswer,
  type Negotiation,
  type NegotiationEvent,
  negotiate,
  type Phase,
  type Receiver,
  type WireOption,
} from '../../src/protocol/negotiation.ts';

const events = [
  'connected',
  'answer late',
  'no answer',
  'heard ours',
  'heard foreign',
  'greeted',
  'acknowledged',
  'classic rejected',
  'sent',
  'sent beyond buffers',
  'closed',
] as const satisfies NegotiationEvent[];
const asked = ['auto', 'classic', '2'] as const satisfies WireOption[];
const deliveries = ['latest', 'every'] as const satisfies Delivery[];

function play(wire: WireOption, delivery: Delivery, ...played: NegotiationEvent[]): Negotiation {
  return played.reduce(negotiate, beginNegotiation(wire, delivery));
}

/** All states that can be reached from there. */
function reach(wire: WireOption, delivery: Delivery): Negotiation[] {
  const found = new Map<string, Negotiation>();
  const add = (state: Negotiation) => {
    const key = JSON.stringify(state);
    if (!found.has(key)) found.set(key, state);
  };
  add(beginNegotiation(wire, delivery));
  // A map that grows is walked to its end.
  for (const state of found.values()) for (const event of events) add(negotiate(state, event));
  return [...found.values()];
}

/** How far a connection has come before and after each event: those not named change nothing. */
const phases: Record<
  Phase,
  { after: readonly NegotiationEvent[]; wire?: WireOption; moves: Partial<Record<NegotiationEvent, Phase>> }
> = {
  closed: { after: [], moves: { connected: 'marked' } },
  classic: { after: ['connected'], wire: 'classic', moves: { closed: 'closed' } },
  marked: {
    after: ['connected'],
    moves: { 'answer late': 'late', 'no answer': 'unanswered', greeted: 'greeted', closed: 'closed' },
  },
  late: {
    after: ['connected', 'answer late'],
    moves: { connected: 'marked', 'no answer': 'unanswered', greeted: 'greeted', closed: 'closed' },
  },
  unanswered: {
    after: ['connected', 'answer late', 'no answer'],
    moves: { connected: 'marked', greeted: 'greeted', closed: 'closed' },
  },
  introduced: { after: ['connected'], wire: '2', moves: { greeted: 'greeted', closed: 'closed' } },
  greeted: { after: ['connected', 'greeted'], moves: { connected: 'marked', closed: 'closed' } },
};

describe('negotiate moves a connection on', () => {
  for (const [from, { after, wire = 'auto', moves }] of Object.entries(phases)) {
    for (const event of events) {
      const to = moves[event] ?? from;
      test(`from ${from} to ${to} when the event is '${event}'`, () => {
        for (const delivery of deliveries) {
          const state = play(wire, delivery, ...after);
          assert.equal(state.phase, from);
          assert.equal(negotiate(state, event).phase, to);
        }
      });
    }
  }
});

/** The receiver as far as it is known after these events, with `latest` and with `every`. */
const knowledge: readonly [played: NegotiationEvent[], latest: Receiver, every: Receiver][] = [
  [['connected'], 'unknown', 'unknown'],
  [['connected', 'sent', 'sent beyond buffers'], 'unknown', 'unknown'],
  [['connected', 'answer late', 'sent beyond buffers'], 'unknown', 'unknown'],
  [['connected', 'no answer'], 'unknown', 'unknown'],
  [['connected', 'no answer', 'sent'], 'classic', 'unknown'],
  [['connected', 'no answer', 'sent beyond buffers'], 'classic', 'classic'],
  [['connected', 'no answer', 'sent beyond buffers', 'closed'], 'unknown', 'classic'],
  [['connected', 'heard ours', 'greeted', 'acknowledged'], 'wire 2', 'wire 2'],
  [['connected', 'heard ours', 'greeted', 'acknowledged', 'closed'], 'wire 2', 'wire 2'],
  // A receiver that was there once may be frozen; with `latest` another one may have taken its place.
  [
    ['connected', 'greeted', 'acknowledged', 'closed', 'connected', 'no answer', 'sent beyond buffers'],
    'wire 2',
    'wire 2',
  ],
  [['connected', 'greeted', 'acknowledged', 'closed', 'connected', 'no answer', 'closed'], 'unknown', 'wire 2'],
  // The receiver that takes no classic frames, and the one that has taken its place and greets nobody.
  [['connected', 'classic rejected', 'closed', 'connected', 'closed'], 'unknown', 'unknown'],
];

describe('negotiate learns of the receiver', () => {
  for (const [played, ...known] of knowledge) {
    test(`${known.join(' with latest, ')} with every, from: ${played.join(', ')}`, () => {
      assert.deepEqual(
        deliveries.map((delivery) => play('auto', delivery, ...played).receiver),
        known,
      );
    });
  }

  test('nothing but that it is a classic one where no other wire is allowed', () => {
    for (const delivery of deliveries) {
      for (const state of reach('classic', delivery).filter(({ receiver }) => receiver !== 'wire 2')) {
        assert.deepEqual([state.first, frameWire(state)], ['classic', 'classic']);
        assert.equal(acknowledging(state), 'none');
        assert.equal(mustAwaitAnswer(state, 100, 1e9), false);
      }
    }
  });
});

describe('a negotiation says what goes out', () => {
  /** The wire of the frames, whether they are acknowledged, and how many may be in flight before the first answer. */
  const answers: readonly [played: NegotiationEvent[], delivery: Delivery, wire: string, acks: string, max: number][] =
    [
      [['connected'], 'latest', 'marked', 'expected', 2],
      [['connected'], 'every', 'marked', 'expected', 16],
      [['connected', 'answer late'], 'latest', 'marked', 'doubtful', Number.POSITIVE_INFINITY],
      [['connected', 'answer late'], 'every', 'marked', 'expected', Number.POSITIVE_INFINITY],
      [['connected', 'no answer'], 'latest', 'classic', 'doubtful', Number.POSITIVE_INFINITY],
      [['connected', 'no answer'], 'every', 'marked', 'doubtful', Number.POSITIVE_INFINITY],
      [['connected', 'no answer', 'sent'], 'latest', 'classic', 'none', Number.POSITIVE_INFINITY],
      [['connected', 'no answer', 'sent beyond buffers'], 'every', 'marked', 'none', Number.POSITIVE_INFINITY],
      [['connected', 'greeted'], 'latest', '2', 'certain', Number.POSITIVE_INFINITY],
      [['connected', 'greeted', 'acknowledged', 'heard ours', 'closed', 'connected'], 'latest', 'marked', 'certain', 2],
      [
        ['connected', 'greeted', 'acknowledged', 'heard ours', 'closed', 'connected', 'answer late'],
        'latest',
        'marked',
        'certain',
        2,
      ],
      [['connected', 'greeted', 'acknowledged', 'heard ours', 'closed', 'connected'], 'every', 'marked', 'certain', 16],
      // Nothing was heard over the last connection.
      [['connected', 'closed', 'connected'], 'every', 'marked', 'expected', 1],
      [['connected', 'classic rejected', 'closed', 'connected'], 'every', '2', 'certain', Number.POSITIVE_INFINITY],
    ];
  for (const [played, delivery, wire, acks, max] of answers) {
    test(`${wire}, ${acks}, at most ${max}, with ${delivery} after: ${played.join(', ')}`, () => {
      const state = play('auto', delivery, ...played);
      assert.deepEqual([frameWire(state), acknowledging(state)], [wire, acks]);
      const counts = Array.from({ length: 100 }, (_, i) => i).filter((inFlight) => mustAwaitAnswer(state, inFlight, 0));
      assert.equal(counts[0] ?? Number.POSITIVE_INFINITY, max);
      // Few large frames are as many as many small ones, but one may always go.
      const large = [0, 1, 2].map((inFlight) => mustAwaitAnswer(state, inFlight, 2 ** 18));
      assert.deepEqual(large, [false, max === 1, max < Number.POSITIVE_INFINITY]);
    });
  }
});

describe('every state that can be reached', () => {
  for (const [wire, delivery] of asked.flatMap((one) => deliveries.map((other) => [one, other] as const))) {
    const states = reach(wire, delivery);

    test(`keeps what was asked for, with wire ${wire} and ${delivery}`, () => {
      for (const state of states) assert.deepEqual([state.asked, state.delivery], [wire, delivery]);
      if (wire === 'auto') return;
      for (const state of states) assert.deepEqual([state.first, state.isSwitching], [wire, false]);
      const open = states.filter(({ phase }) => phase !== 'closed');
      assert.deepEqual([...new Set(open.map(frameWire))], [wire]);
    });

    test(`ends and begins anew over a closed connection, with wire ${wire} and ${delivery}`, () => {
      for (const state of states) {
        const closed = negotiate(state, 'closed');
        assert.equal(closed.phase, 'closed');
        const next = negotiate(closed, 'connected');
        assert.deepEqual([next.heard, next.isSwitching, next.known], ['nothing', false, closed.receiver]);
        assert.equal(next.phase, { classic: 'classic', marked: 'marked', '2': 'introduced' }[closed.first]);
      }
    });

    test(`is the same object after an event that comes twice or changes nothing, with wire ${wire} and ${delivery}`, () => {
      const others = events.filter((event) => event !== 'connected');
      for (const [state, event] of states.flatMap((one) => others.map((other) => [one, other] as const))) {
        const once = negotiate(state, event);
        assert.equal(negotiate(once, event), once, event);
      }
    });
  }

  test('begins with wire 2 after the receiver rejected classic frames, once', () => {
    const switching = play('auto', 'latest', 'connected', 'heard ours', 'classic rejected');
    assert.deepEqual([switching.first, switching.isSwitching], ['2', true]);
    const introduced = play('auto', 'latest', 'connected', 'heard ours', 'classic rejected', 'closed', 'connected');
    assert.equal(introduced.phase, 'introduced');
    assert.equal(negotiate(introduced, 'closed').first, 'marked');
    assert.equal(negotiate(negotiate(introduced, 'greeted'), 'closed').first, '2');
  });
});
