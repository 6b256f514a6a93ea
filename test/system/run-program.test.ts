import assert from 'node:assert/strict';
import process from 'node:process';
import { describe, test } from 'node:test';
import { runProgram } from '../../src/system/run-program.ts';

const options = { environment: process.env, timeoutMs: 60_000 };

describe('runProgram', () => {
  test('gives what a program printed, and no failure where it ended with status 0', async () => {
    assert.deepEqual(await runProgram('/bin/sh', ['-c', 'echo one; echo noise >&2'], options), {
      output: 'one\n',
      failure: undefined,
    });
  });

  test('gives the status and the last words of a program that failed, beside what it printed', async () => {
    assert.deepEqual(await runProgram('/bin/sh', ['-c', 'echo one; echo "no such thing" >&2; exit 3'], options), {
      output: 'one\n',
      failure: 'ended with status 3; it said: no such thing',
    });
  });

  test('gives why a program could not be started', async () => {
    const { output, failure } = await runProgram('/nowhere/program', [], options);
    assert.equal(output, '');
    assert.equal(failure, 'could not be started: there is no such file or folder (ENOENT)');
  });

  test('ends a program that takes longer than its time-out', async () => {
    const { failure } = await runProgram('/bin/sleep', ['600'], { ...options, timeoutMs: 50 });
    assert.equal(failure, 'did not end within 0.05 s');
  });

  test('ends a program when the signal aborts, also before it has begun', async () => {
    const signal = AbortSignal.abort();
    const { failure } = await runProgram('/bin/sleep', ['600'], { ...options, signal });
    assert.equal(failure, 'was ended by SIGTERM');
  });

  test('ends a program that prints without end, and gives the beginning', async () => {
    const { output, failure } = await runProgram('/bin/cat', ['/dev/zero'], options);
    assert.equal(output.length, 65_536);
    assert.equal(failure, 'printed more than 65536 bytes');
  });
});
