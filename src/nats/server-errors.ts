import { errors } from '@nats-io/transport-node';
import type { LimitedLog } from '../system/limited-log.ts';

/** The most different lines that are printed. */
const maxSaid = 20;
/** Errors of these subjects are reported by the code that publishes or asks. */
const toldElsewhere = /^(frames\.|\$JS\.)/;
/** The messages that nobody gets, by the first token of the subject. */
const losses: Record<string, string> = {
  events: ', so nobody learns when a camera of this program connects or disconnects',
  clocks: ', so this program does not know the latency of pictures',
  _INBOX: ', so nobody else knows the latency of pictures of this program',
  _R_: ', so nobody else knows the latency of pictures of this program',
};

/** Logs the errors that NATS servers send unasked: each once, as it is the same at each connection. */
export class ServerErrors {
  readonly #log: LimitedLog;
  readonly #said = new Set<string>();

  constructor(log: LimitedLog) {
    this.#log = log;
  }

  tell(error: Error): void {
    const line = describe(error);
    if (line === undefined || this.#said.has(line) || this.#said.size >= maxSaid) return;
    this.#said.add(line);
    this.#log.warn('error', line);
  }
}

function describe(error: Error): string | undefined {
  if (error instanceof errors.PermissionViolationError && error.operation === 'publish') {
    if (toldElsewhere.test(error.subject)) return undefined;
    const [first = ''] = error.subject.split('.');
    const denied = `this user may not publish to ${first}.>`;
    return `${denied}${losses[first] ?? ''}: the NATS server has to allow it (permissions)`;
  }
  // At each connection it is another.
  return `The NATS server says: ${error.message.replaceAll(/_INBOX\.[0-9A-Za-z]+/g, '_INBOX')}`;
}
