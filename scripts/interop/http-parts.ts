import { Buffer } from 'node:buffer';

/** One answer of an HTTP server. */
export interface Answer {
  readonly head: string;
  readonly body: string;
}

/** The whole ones, in order. */
export function splitAnswers(bytes: Uint8Array): Answer[] {
  const answers: Answer[] = [];
  let rest = Buffer.from(bytes).toString('latin1');
  for (;;) {
    const end = rest.indexOf('\r\n\r\n');
    if (end < 0) return answers;
    const head = rest.slice(0, end);
    const length = Number(/^content-length: (\d+)$/im.exec(head)?.[1] ?? 0);
    if (rest.length < end + 4 + length) return answers;
    answers.push({ head, body: rest.slice(end + 4, end + 4 + length) });
    rest = rest.slice(end + 4 + length);
  }
}

/** Equal where the answers are, but for the time, and for texts, which are words for people: of these the code counts. */
export function describeAnswer({ head, body }: Answer): string {
  const lines = head.split('\r\n').map((line) => line.replace(/^(date|content-length): .*$/i, '$1: ?'));
  const code = /\(([A-Z_]+)\)\n$/.exec(body)?.[1];
  return [...lines, body === '' ? 'no text' : `text with ${code ?? 'no code'}`].join(' | ');
}
