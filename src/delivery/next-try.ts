import type { CodedError } from '../errors.ts';
import type { RetryPolicy } from './retry-policy.ts';
import type { BreakCause } from './uplink.ts';

/** A connection that is gone, as the sender knows it. */
export interface BrokenConnection {
  readonly error: CodedError;
  readonly cause: BreakCause;
  /** As in `Uplink`. */
  readonly isGreeted: boolean;
  /** How long it lasted, in milliseconds. */
  readonly lastedMs: number;
  /** Whether frames were taken or rejected over it. */
  readonly wasOfUse: boolean;
  /** Whether all that there was to send went out over it. */
  readonly isAllSent: boolean;
}

/** A connection that breaks sooner, and was of no use, counts as a failed connect. */
const briefMs = 2000;
/** After a break on the classic wire, as its own programs do. */
const classicPauseMs = 1000;
/**
 * After a break of a connection that frames are acknowledged over, up to so much: fifty senders do
 * not come back in step.
 */
const quickPauseMs = 200;

/**
 * Waits until another connection may be made in place of that one.
 * @throws CodedError when there is not to be another
 */
export async function awaitNextTry(policy: RetryPolicy, broken: BrokenConnection, signal: AbortSignal): Promise<void> {
  const { error, cause, isGreeted, lastedMs, isAllSent } = broken;
  const wasOfUse = broken.wasOfUse || cause === 'search';
  // It does not matter how long it took to say no: it would say the same to the next one.
  const isRejected = cause === 'foreign' || cause === 'rejected';
  // A receiver that takes connections and nothing else is as good as none. So is a connection over
  // which all frames went out in vain.
  const isInVain = cause === 'silent' || cause === 'unacknowledged' || isAllSent;
  if (!wasOfUse && (lastedMs < briefMs || isRejected)) await policy.waitAfterBrief(error, signal);
  else if (!wasOfUse && isInVain) await policy.waitAfterFailure(error, signal);
  else await policy.waitAfterBreak(error, isGreeted ? quickPauseMs * Math.random() : classicPauseMs, signal);
}
