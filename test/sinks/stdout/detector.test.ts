import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { installPackages } from '../../../scripts/debian/install.ts';
import { formatRecord } from '../../../src/sinks/framed.ts';
import { runChild } from '../../support/child.ts';
import { makeReceived } from '../../support/frames.ts';
import { PYTHON } from '../../support/python.ts';
import { scaleMs } from '../../support/speed.ts';

const python = fileURLToPath(new URL('../../support/python/', import.meta.url));
const detector = `${python}detector.py`;
const soonMs = scaleMs(60_000);

/** JPEGs of 0, 1 and 2 people. */
async function drawPeople(): Promise<Uint8Array[]> {
  await installPackages(['python3', 'python3-opencv'], 'the detector of people');
  const folder = await mkdtemp(join(tmpdir(), 'people-'));
  await runChild(PYTHON, ['-B', `${python}detector_pictures.py`, folder], soonMs);
  const pictures = await Promise.all([0, 1, 2].map((count) => readFile(join(folder, `people-${count}.jpg`))));
  await rm(folder, { recursive: true });
  return pictures;
}

describe('The detector of people', () => {
  test('says how many people there are in the framed pictures of standard input, and ends with it', async () => {
    // A pipe as between two programs of a shell: what Node makes is none.
    const program = spawn('sh', ['-c', 'cat | exec "$@"', 'sh', PYTHON, '-B', detector], {
      stdio: ['pipe', 'pipe', 'inherit'],
      timeout: soonMs,
    });
    const said: Uint8Array[] = [];
    program.stdout.on('data', (chunk: Uint8Array) => said.push(chunk));
    const [none, one, two] = await drawPeople();
    const damaged = new Uint8Array(1000).fill(10);
    for (const [i, jpeg] of [one, none, damaged, two].entries()) {
      const frame = makeReceived({ jpeg: jpeg as Uint8Array, sequence: i + 1, receivedAtUs: i * 1e6 });
      program.stdin.write(formatRecord(frame, { key: 'porch' }));
      program.stdin.write(frame.jpeg);
    }
    program.stdin.end();
    const [code] = await once(program, 'close');
    assert.equal(code, 0);
    assert.deepEqual(Buffer.concat(said).toString().trim().split('\n'), [
      'porch 1970-01-01T00:00:00.000000Z 1 in sight',
      'porch 1970-01-01T00:00:03.000000Z 2 in sight',
    ]);
  });

  test('has at most 15 lines, as a page prints it', async () => {
    const lines = (await readFile(detector, 'utf8')).split('\n');
    assert.ok(lines.filter((line) => line !== '').length <= 15);
  });
});
