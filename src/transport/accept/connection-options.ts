import type { NewNameLimiter } from '../../delivery/new-name-limiter.ts';
import type { FrameLimits } from '../../protocol/frame.ts';
import type { FairScheduler } from '../../system/fair-scheduler.ts';
import type { ConnectionSendersOptions } from './connection-senders.ts';
import type { IdleLimits } from './idle-timeout.ts';
import type { LingeringClose } from './lingering-close.ts';
import type { SenderLimiter } from './sender-limiter.ts';
import type { WireOptions } from './wire-protocol.ts';

/** The limits of a connection, and the parts that all connections of a port share. */
export interface ConnectionOptions
  extends FrameLimits,
    IdleLimits,
    Omit<ConnectionSendersOptions, 'senderLimiter' | 'naming'>,
    WireOptions {
  readonly senderLimiter: SenderLimiter;
  readonly lingeringClose: LingeringClose;
  readonly scheduler: FairScheduler;
  readonly names: NewNameLimiter;
}
