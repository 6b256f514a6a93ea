import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { test } from 'node:test';
import { parseIgnoredSignals } from '../../src/system/signals.ts';

const { SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGXFSZ } = constants.signals;

test('parseIgnoredSignals reads the bits of /proc/self/status, one for each signal', () => {
  const read = (bits: string) => [...parseIgnoredSignals(`SigBlk:\t00000000000000ff\nSigIgn:\t${bits}\nSigCgt:\t0\n`)];
  assert.deepEqual(read('0000000000000000'), []);
  assert.deepEqual(read('0000000001001001').sort(), [SIGHUP, SIGPIPE, SIGXFSZ].sort());
  assert.deepEqual(read('0000000000000006').sort(), [SIGINT, SIGQUIT].sort());
  assert.deepEqual([...parseIgnoredSignals('nothing of the kind')], []);
});
