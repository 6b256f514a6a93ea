import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { describe, test } from 'node:test';
import { encodeClassicFrame } from '../../../src/protocol/classic/classic-encoder.ts';
import { checkProtocol, protocolNames } from '../../../src/protocol/protocol-access.ts';
import { encodeMessage } from '../../../src/protocol/wire2/message-encoder.ts';
import { TokenCheck } from '../../../src/transport/accept/token-check.ts';
import { hello } from '../../support/frames.ts';
import { fakeJpeg, tinyJpeg } from '../../support/jpeg.ts';
import { TrialConversation } from './trial-conversation.ts';

const mark = { stream: 'pi-k3x9f2ab', sequence: 1 };
const capturedAtUs = 1_767_225_600_000_000;
const classic = encodeClassicFrame({ jpeg: fakeJpeg(480, 315), capturedAtUs }, mark);
const jpeg = tinyJpeg(64, 48);
const beginnings = {
  '2': encodeMessage(hello),
  classic,
  jpeg,
  http: Buffer.concat([Buffer.from(`PUT / HTTP/1.1\r\nContent-Length: ${jpeg.length}\r\n\r\n`), jpeg]),
};

describe('checkProtocol', () => {
  test('accepts all protocols when all are named and there is no token', () => {
    for (const protocol of protocolNames) checkProtocol(protocol, { accept: protocolNames, token: undefined });
  });

  test('lets only wire 2 in when there is a token, and says why', () => {
    const options = { accept: protocolNames, token: new TokenCheck(Buffer.from('secret!!')) };
    checkProtocol('2', options);
    for (const protocol of ['classic', 'jpeg', 'http'] as const) {
      assert.throws(() => checkProtocol(protocol, options), {
        code: 'TOKEN_MISSING',
        message: /^Cannot accept a sender without a token: start image-sender with --token-file, and the token/,
      });
    }
  });

  test('says what is accepted and what came', () => {
    const options = { accept: ['2', 'http'], token: undefined } as const;
    assert.throws(() => checkProtocol('jpeg', options), {
      code: 'NOT_ACCEPTED',
      message: 'Cannot accept a sender as it must come by one of --accept 2,http: it comes by jpeg',
    });
  });
});

describe('a receiver with --accept', () => {
  for (const [accepted, what, bytes] of [
    ['2', 'a classic frame', Buffer.from(classic).fill('?', 200)],
    ['classic', 'a message', Buffer.from(beginnings['2']).fill(0, 4, 8)],
  ] as const) {
    test(`says that it does not accept ${what} when that is broken too, in whatever pieces it comes`, async () => {
      for (const length of [1, 7, bytes.length]) {
        const trial = new TrialConversation({ accept: [accepted] });
        const send = async () => {
          for (let at = 0; at < bytes.length; at += length) await trial.send(bytes.subarray(at, at + length));
        };
        await assert.rejects(send, { code: 'NOT_ACCEPTED' }, `pieces of ${length}`);
        trial.protocol.end();
      }
    });
  }

  for (const protocol of protocolNames) {
    test(`takes ${protocol} when that is all that it accepts, and nothing else`, async () => {
      for (const other of protocolNames) {
        const trial = new TrialConversation({ accept: [protocol] });
        const sending = trial.send(beginnings[other]);
        if (other === protocol) await sending;
        else await assert.rejects(sending, { code: 'NOT_ACCEPTED' });
        trial.protocol.end();
        assert.equal(trial.receiver.taken.length, other === protocol && protocol !== '2' ? 1 : 0);
      }
    });
  }

  test('answers no mark of a classic sender where wire 2 is not accepted', async () => {
    const trial = new TrialConversation({ accept: ['classic'] });
    await trial.send(classic);
    assert.deepEqual([trial.written, trial.sender.stream], ['', undefined]);
  });

  test('tells classic senders why they are rejected', async () => {
    const trial = new TrialConversation({ accept: ['2'] });
    const error = await trial.send(classic).catch((thrown) => thrown);
    assert.match(trial.closingText(error) ?? '', /FAIL.*NOT_ACCEPTED/s);
  });
});
