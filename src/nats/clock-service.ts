import type { NatsConnection } from '@nats-io/transport-node';
import { readClocks, readMonotonicUs } from '../system/clock.ts';
import { clockOf } from './subjects.ts';

/** No honest peer asks more often. */
const maxAnswersPerSecond = 500;
/**
 * The subjects that answers may go to, also from account to account. An answer to another subject could use rights that the client
 * does not have.
 */
const inbox = /^_(INBOX|R_)\./;

/** Answers every question about the clocks of this machine, as long as the connection lasts. @param publisher the name in the subject */
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
