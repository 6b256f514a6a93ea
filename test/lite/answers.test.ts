import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import { defaultFrameLimits } from '../../src/protocol/frame.ts';
import { type Message, maxControlBytes } from '../../src/protocol/wire2/message.ts';
import { MessageDecoder } from '../../src/protocol/wire2/message-decoder.ts';
import { encodeMessage } from '../../src/protocol/wire2/message-encoder.ts';
import { Dice } from '../support/dice.ts';
import { askLite } from '../support/lite.ts';

/** Prints, for each stream on a line, the answers that were read before it broke; a fault ends the program. */
const read = `
import json
class Recorder:
    stream = name = address = 'a'
    def greeted(self, link, sequence): self.found.append(['WELC', sequence])
    def acknowledged(self, link, sequence, latency): self.found.append(['ACKN', sequence])
    def rejected(self, link, sequence, code, reason): self.found.append(['skip', sequence, code, reason])
for line in sys.stdin:
    link, sender = lite.Link.__new__(lite.Link), Recorder()
    link.sender, link.received, link.is_ours, link.is_tls, link.ping = sender, bytearray(), False, False, None
    sender.found, data = [], bytes.fromhex(line)
    try:
        for at in range(0, len(data), 5):
            link.decode(data[at:at + 5])
            if link.ping:
                sender.found.append(['ping', link.ping[0]])
                link.ping = None
    except lite.Failure as failure:
        if failure.code == 'REJECTED':
            sender.found.append(['FAIL', str(failure).split(': ', 1)[1]])
    print(json.dumps(sender.found))`;

const messages: readonly Uint8Array[] = [
  encodeMessage({ type: 'WELC', keepAliveMs: 10_000, sequence: 41 }),
  encodeMessage({ type: 'ACKN', sequence: 42, latencyUs: 3556 }),
  encodeMessage({ type: 'ACKN', sequence: 43, latencyUs: undefined }),
  encodeMessage({ type: 'skip', sequence: 44, code: 'NOT_JPEG', reason: 'It ends before its picture' }),
  encodeMessage({ type: 'ping', sentUs: 1_000_000_000 }),
  Uint8Array.of(0xab, 0x49, 0x53, 2, 0x6e, 0x65, 0x77, 0x31, 0, 0, 0, 2, 1, 2),
  encodeMessage({ type: 'FAIL', code: 'BAD_TOKEN', reason: 'The tökèn is wrong' }),
];

function describeAnswer(message: Message): readonly unknown[] {
  switch (message.type) {
    case 'WELC':
    case 'ACKN':
      return [message.type, message.sequence];
    case 'skip':
      return [message.type, message.sequence, message.code, message.reason];
    case 'ping':
      return [message.type, message.sentUs];
    case 'FAIL':
      return [message.type, `${message.reason} (${message.code})`];
    default:
      return [];
  }
}

/** As image-sender reads them, up to a FAIL or the first message that no receiver sends. */
function readAnswers(stream: Uint8Array): (readonly unknown[])[] {
  const found: (readonly unknown[])[] = [];
  try {
    for (const message of new MessageDecoder({ ...defaultFrameLimits, maxFrameBytes: maxControlBytes }).decode(
      stream,
    )) {
      const answer = message.type === 'bad frame' ? [] : describeAnswer(message);
      if (answer.length === 0) break;
      found.push(answer);
      if (message.type === 'FAIL') break;
    }
  } catch {
    // It broke here.
  }
  return found;
}

test('image-sender-lite reads the answers that image-sender reads, in streams with random changes', async () => {
  const dice = new Dice(11);
  const whole = Buffer.concat(messages);
  const streams = [
    whole,
    ...Array.from({ length: 3000 }, () => {
      const stream = Buffer.concat(dice.shuffle(messages));
      for (let i = dice.roll(4); i > 0; i--) stream[dice.roll(stream.length)] = dice.roll(256);
      return stream.subarray(0, dice.between(1, stream.length));
    }),
  ];
  const lines = await askLite(read, [], streams.map((stream) => `${stream.toString('hex')}\n`).join(''));
  assert.deepEqual(
    lines.map((line) => JSON.parse(line)),
    streams.map(readAnswers),
  );
  assert.equal(readAnswers(whole).length, 6);
});
