import process from 'node:process';
import type { SubscriptionOptions } from '../../nats/subscribing/subscription.ts';
import { isMulticastOn } from '../../network/discovery/multicast-switch.ts';
import { checkRun, type ParsedWords } from '../../options/commands.ts';
import { readOptions } from '../../options/read-options.ts';
import { findWanted, type Wanted } from '../../sinks/open-sinks.ts';
import type { ListenerOptions } from '../../transport/accept/listener.ts';
import type { Expectations } from './expected.ts';
import { readLimits, readListener, readTlsChoice, type TlsChoice } from './listening.ts';
import { inputOptions, receiverCommandLine } from './options.ts';
import { readSubscription } from './subscription.ts';

export interface ReceiverSettings {
  readonly listener: Omit<ListenerOptions, 'tls'>;
  readonly tls: TlsChoice | undefined;
  /** Frames come from this server rather than on the port. */
  readonly subscription: SubscriptionOptions | undefined;
  /** Whether each frame is asked for on purpose, rather than the newest. */
  readonly takesEveryFrame: boolean;
  readonly sinks: readonly Wanted[];
  /** The cameras that must be there; undefined: none is expected. */
  readonly expectations: Expectations | undefined;
  /** Whether others may find this receiver. */
  readonly isAnnounced: boolean;
  /** 0: no end. */
  readonly count: number;
  /** 0: no end. */
  readonly durationMs: number;
}

/** @throws CodedError BAD_OPTION */
export function readReceiverSettings(run: ParsedWords): ReceiverSettings {
  checkRun(receiverCommandLine, run);
  const values = readOptions(inputOptions, run.options);
  const { count, duration: durationMs, replay, batch, expect: names, 'expect-within': withinMs } = values;
  return {
    listener: readListener(values),
    tls: readTlsChoice(values),
    subscription: readSubscription(values, readLimits(values), values['idle-timeout']),
    takesEveryFrame: replay || batch !== undefined,
    isAnnounced: values.announce && isMulticastOn(process.env),
    sinks: findWanted(run.options),
    expectations: names === undefined ? undefined : { names, withinMs },
    count,
    durationMs,
  };
}
