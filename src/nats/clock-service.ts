import type { NatsConnection } from '@nats-io/transport-node';
import { readClocks, readMonotonicUs } from '../system/clock.ts';
import { clockOf } from './subjects.ts';

/** No honest peer asks more often. */
const maxAnswersPerSecond = 500;
/** Where answers go to, also from account to account; anything else would be published with rights that whoever asks may not have. */
const inbox = /^_(INBOX|R_)\./;

/** Answers whoever asks what this machine's clocks say, as long as the connection lasts. @param publisher in whose name */
export function answerClock(connection: NatsConnection, publisher: string): void {
  let answers = 0;
  let sinceUs = 0;
  connection.subscribe(clockOf(publisher), {
    callback: (error, message) => {
      const receivedUs = readMonotonicUs();
      if (error !== null || !inbox.test(message.reply ?? '')) return;
      if (receivedUs - sinceUs > 1e6) [answers, sinceUs] = [0, receivedUs];
      if (++answers > maxAnswersPerSecond) return;
      const { monotonicUs: sentUs, wallUs } = readClocks();
      message.respond(JSON.stringify({ receivedUs, sentUs, wallUs }));
    },
  });
}
