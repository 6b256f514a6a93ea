import type { FrameQueue } from '../../delivery/frame-queue.ts';
import { Sender, type SenderOptions } from '../../delivery/sender.ts';
import type { Log } from '../../system/log.ts';
import type { TcpOptions } from './receiver-record.ts';
import { TcpConnector } from './tcp-connector.ts';

export interface TcpSenderOptions extends TcpOptions, SenderOptions {}

/** A sender to a receiver. */
export function createTcpSender(options: TcpSenderOptions, queue: FrameQueue, log: Log): Sender {
  return new Sender({ connector: new TcpConnector(options, log), queue, log }, options);
}
