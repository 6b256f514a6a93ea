import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';

/** One line for each frame that a client has published: its subject, the names of its headers, its picture. */
export function describePublished(bytes: Uint8Array): string[] {
  const found: string[] = [];
  let rest = Buffer.from(bytes);
  for (;;) {
    const end = rest.indexOf('\r\n');
    if (end < 0) return found;
    const words = rest.toString('latin1', 0, end).split(' ');
    const [verb, subject = ''] = words;
    const isMessage = verb === 'PUB' || verb === 'HPUB';
    const bodyBytes = isMessage ? Number(words.at(-1)) + 2 : 0;
    const body = rest.subarray(end + 2, end + 2 + bodyBytes);
    if (verb === 'HPUB' && subject.startsWith('frames.'))
      found.push(describeMessage(subject, body, Number(words.at(-2))));
    rest = rest.subarray(end + 2 + bodyBytes);
  }
}

function describeMessage(subject: string, body: Buffer, headBytes: number): string {
  const names = [...body.toString('latin1', 0, headBytes).matchAll(/^([^:\r\n]+):/gm)].map(([, name]) => name).sort();
  const jpeg = body.subarray(headBytes, -2);
  const digest = createHash('sha256').update(jpeg).digest('hex').slice(0, 16);
  return `${subject}, ${jpeg.length} bytes, ${digest}, ${names.join(' ')}`;
}
