import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { awaitNextTry, type BrokenConnection } from '../../src/delivery/next-try.ts';
import { RetryPolicy } from '../../src/delivery/retry-policy.ts';
import type { BreakCause } from '../../src/delivery/uplink.ts';
import { CodedError } from '../../src/errors.ts';
import { LimitedLog } from '../../src/system/limited-log.ts';
import { TrialLog } from '../support/trial-log.ts';

const error = new CodedError('SEND_FAILED', 'it broke');
const brief = 'it broke, soon after it was made';
/** So that nothing is waited for. */
const over = AbortSignal.abort();

/** The only line of the log after such a break. */
async function tell(what: Partial<BrokenConnection>): Promise<string> {
  const log = new TrialLog();
  const conclude = ({ code }: CodedError) => ({ code, advice: '' });
  const policy = new RetryPolicy({ retries: 0, conclude }, new LimitedLog(log));
  const broken = { error, cause: 'lost', isGreeted: true, lastedMs: 5000, wasOfUse: false, isAllSent: false } as const;
  await awaitNextTry(policy, { ...broken, ...what }, over);
  assert.equal(log.lines.length, 1);
  return log.lines[0] ?? '';
}

const again = /^warn: it broke \[SEND_FAILED\]; connecting again$/;
const failed = /^warn: it broke \(try 1\)/;
const early = new RegExp(`^warn: ${brief} \\(try 1\\)`);

/** Causes, and what is made of them where the connection was of no use and lasted longer than two seconds. */
const causes: Readonly<Record<Exclude<BreakCause, 'switch'>, RegExp>> = {
  foreign: early,
  rejected: early,
  silent: failed,
  unacknowledged: failed,
  search: again,
  lost: again,
};

describe('after a break', () => {
  for (const [cause, line] of Object.entries(causes) as [BreakCause, RegExp][]) {
    test(`with cause ${cause} a sender ${line === again ? 'connects again' : 'counts a failure'}`, async () => {
      assert.match(await tell({ cause }), line);
      assert.match(await tell({ cause, isAllSent: true }), line === again && cause !== 'search' ? failed : line);
    });

    test(`with cause ${cause} of a connection of use a sender connects again`, async () => {
      assert.match(await tell({ cause, wasOfUse: true, lastedMs: 100, isAllSent: true }), again);
    });

    test(`with cause ${cause} of a brief connection a sender counts a failure, unless it searches`, async () => {
      assert.match(await tell({ cause, lastedMs: 100 }), cause === 'search' ? again : early);
    });
  }
});
