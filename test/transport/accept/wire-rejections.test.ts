import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { afterEach, describe, test } from 'node:test';
import type { WireProtocol } from '../../../src/transport/accept/wire-protocol.ts';
import { hello, marked, picture, TrialReceiver } from '../../support/frames.ts';

let receiver = new TrialReceiver();
afterEach(() => {
  for (const protocol of receiver.protocols) protocol.end();
  receiver = new TrialReceiver();
});

describe('WireProtocol rejects', () => {
  const greeted = (): WireProtocol => {
    const { protocol } = receiver.open();
    protocol.handle(hello);
    return protocol;
  };
  const later = { type: 'pong', sentUs: 0, remoteReceivedUs: 0, remoteSentUs: 0, remoteWallUs: 0 } as const;
  const cases: Record<string, [run: () => unknown, message: RegExp]> = {
    'a frame before the hello': [() => receiver.open().protocol.handle(picture(1)), /FRAM before a HELO/],
    'a pong before the hello': [() => receiver.open().protocol.handle(later), /pong before a HELO/],
    'a second hello': [() => greeted().handle(hello), /a second HELO/],
    'a mark of another stream': [
      () => {
        const { protocol } = receiver.open();
        protocol.handle(marked(1));
        protocol.handle(marked(2, 1, 'feedfeedfeedfeed'));
      },
      /a second stream over one connection: it is feedfeedfeedfeed/,
    ],
    'a hello of another stream than the marks': [
      () => {
        const { protocol } = receiver.open();
        protocol.handle(marked(1));
        protocol.handle({ ...hello, stream: 'feedfeedfeedfeed' });
      },
      /a second stream over one connection/,
    ],
    'a WELC': [() => greeted().handle({ type: 'WELC', keepAliveMs: 0, sequence: 0 }), /WELC from a sender/],
    'an ACKN': [() => greeted().handle({ type: 'ACKN', sequence: 1, latencyUs: 0 }), /ACKN from a sender/],
    'a ping': [() => greeted().handle({ type: 'ping', sentUs: 1 }), /ping from a sender/],
  };
  for (const [what, [run, message]] of Object.entries(cases)) {
    test(what, () => {
      assert.throws(run, { code: 'BAD_MESSAGE', message });
      assert.deepEqual(receiver.taken, []);
    });
  }

  for (const [token, code] of Object.entries({ 'secret!?': 'BAD_TOKEN', secret: 'BAD_TOKEN', '': 'TOKEN_MISSING' })) {
    test(`the token '${token}' with ${code}, without a WELC`, async () => {
      const { protocol, written } = receiver.open(Buffer.from('secret!!'));
      await assert.rejects(async () => protocol.handle({ ...hello, token: Buffer.from(token) }), { code });
      assert.deepEqual(written, []);
      assert.equal(protocol.connection.name, undefined);
    });
  }

  test('no sender that has the token', () => {
    const token = Buffer.from('secret!!');
    const { protocol, answers } = receiver.open(token);
    protocol.handle({ ...hello, token });
    protocol.handle(picture(1));
    assert.deepEqual([receiver.taken, answers('WELC').length], [[1], 1]);
  });
});
