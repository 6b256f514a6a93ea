import type { NatsConnection } from '@nats-io/transport-node';
import { readMonotonicUs, readWallClockUs } from '../system/clock.ts';
import { clockOf } from './subjects.ts';

/** Answers whoever asks what this machine's clocks say, as long as the connection lasts. @param publisher in whose name */
export function answerClock(connection: NatsConnection, publisher: string): void {
  connection.subscribe(clockOf(publisher), {
    callback: (error, message) => {
      const receivedUs = readMonotonicUs();
      if (error !== null) return;
      message.respond(JSON.stringify({ receivedUs, sentUs: readMonotonicUs(), wallUs: readWallClockUs() }));
    },
  });
}
