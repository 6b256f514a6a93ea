import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { lookForCommand } from '../../../src/cli/sender/join/scan/look-for-command.ts';
import { formatJoinCode, makeJoinCode } from '../../../src/protocol/join/join-code.ts';
import { TrialLog } from '../../support/trial-log.ts';

const code = formatJoinCode(makeJoinCode('3k7m9q2xab12cd3'));
const line = `image-sender join ${code}`;

/** Looks at pictures that are the texts of their codes; undefined: a picture without a code. */
async function look(...texts: readonly (string | undefined)[]) {
  const log = new TrialLog();
  let looks = 0;
  async function* pictures() {
    for (const text of texts) yield { text };
  }
  const readCode = async ({ text }: { text: string | undefined }) => text;
  const found = await lookForCommand(pictures(), { readCode, log, onLook: () => looks++ });
  return { found, looks, lines: log.lines };
}

describe('lookForCommand', () => {
  test('takes the first code of an invitation, and looks no further', async () => {
    const { found, looks, lines } = await look(undefined, `${line} --host 10.0.0.5,10.0.0.6 --port 9000`, line);
    assert.deepEqual(found, { code, host: '10.0.0.5,10.0.0.6', port: '9000' });
    assert.deepEqual([looks, lines], [2, []]);
  });

  test('finds nothing where the pictures end', async () => {
    assert.deepEqual(await look(undefined, undefined), { found: undefined, looks: 2, lines: [] });
  });

  test('reports codes of others once each, three at most, without what a terminal obeys', async () => {
    const urls = ['a', 'a', 'b\u001b[2J', 'c'.repeat(3000), 'd', 'e'];
    const { found, lines } = await look(...urls, line);
    assert.deepEqual(found, { code });
    assert.equal(lines.length, 3);
    assert.ok(lines.every((one) => one.includes('none of image-receiver') && one.length < 150));
    assert.ok(!lines.join('').includes('\u001b'));
  });

  test('takes no code, host or port that its options would not take', async () => {
    const wrongLetter = `${code.slice(0, -1)}${code.endsWith('2') ? '3' : '2'}`;
    const bad = [line.replace(code, wrongLetter), `${line} --port 0`, `${line} --port 70000`, `${line} --host a,,b`];
    for (const text of bad) {
      const { found, lines } = await look(text);
      assert.equal(found, undefined, text);
      assert.match(lines.join(), /saw a QR code that cannot be used: Cannot use/);
    }
  });
});
