import { Buffer } from 'node:buffer';
import { RawClient } from '../../test/support/raw-client.ts';
import { until } from '../../test/support/until.ts';
import { describeAnswer, splitAnswers } from './http-parts.ts';
import { pictures } from './pictures.ts';
import { Workplace } from './workplace.ts';

/** Something that knows neither wire, and sends. */
export interface OtherWay {
  readonly name: string;
  /** Of each connection the pieces, each sent when the one before is answered. */
  readonly connections: readonly (readonly Uint8Array[])[];
  readonly hasAnswers: boolean;
  readonly arriving: readonly Uint8Array[];
}

const [first, second, third, fourth] = pictures as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
const torn = third.subarray(0, 40);
const multipart = Buffer.concat([
  ...[first, second].flatMap((jpeg) => [
    Buffer.from('--x\r\nContent-Type: image/jpeg\r\n\r\n'),
    jpeg,
    Buffer.from('\r\n'),
  ]),
  Buffer.from('--x--\r\n'),
]);

export const otherWays: readonly OtherWay[] = [
  { name: 'jpeg', connections: [[Buffer.concat(pictures)]], hasAnswers: false, arriving: pictures },
  {
    name: 'http',
    connections: [
      [
        request('POST /garden', withLength(first), first),
        request('PUT /a/garden', ['Transfer-Encoding: chunked'], inChunks(Buffer.concat([second, third]))),
        request(
          'POST /garden',
          [`Content-Length: ${multipart.length}`, 'Content-Type: multipart/x-mixed-replace; boundary=x'],
          multipart,
        ),
        request('POST /garden', [...withLength(fourth), 'Expect: 100-continue']),
        fourth,
        request('POST /garden', [...withLength(first), 'Connection: close'], first),
      ],
      [request('GET /garden', [])],
      [request('POST /garden', [])],
      [request('POST /garden', ['Content-Length: 7'], Buffer.from('nothing'))],
      [request('POST /garden', withLength(torn), torn)],
      [request('POST /garden', ['Transfer-Encoding: gzip'], first)],
      [request('POST /garden', [...withLength(first), 'Content-Length: 1'], first)],
      [request('POST /garden', [...withLength(first), 'Origin: http://else.local'], first)],
      [request('POST /garden', [...withLength(first), 'Expect: miracles'], first)],
      [Buffer.from('POST /garden HTTP/2.0\r\n\r\n')],
    ],
    hasAnswers: true,
    arriving: [first, second, third, first, second, fourth, first],
  },
];

function request(line: string, headers: readonly string[], body: Uint8Array = new Uint8Array()): Uint8Array {
  const head = [`${line} HTTP/1.1`, 'Host: interop.local', ...headers].join('\r\n');
  return Buffer.concat([Buffer.from(`${head}\r\n\r\n`), body]);
}

function withLength(body: Uint8Array): string[] {
  return [`Content-Length: ${body.length}`];
}

function inChunks(body: Uint8Array): Uint8Array {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < body.length; at += 10_000) {
    const piece = body.subarray(at, at + 10_000);
    pieces.push(Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n'));
  }
  return Buffer.concat([...pieces, Buffer.from('0\r\n\r\n')]);
}

interface Visit {
  readonly answers: readonly string[];
  readonly arrived: readonly Uint8Array[];
}

/** Collects the answers of a receiver, a line for each, and the pictures that it took. @param packages folder of the receiver */
export async function visit(way: OtherWay, packages: string): Promise<Visit> {
  using place = await Workplace.make();
  const { receiver, port } = await place.startReceiver([], packages);
  await using _receiver = receiver;
  const answers: string[] = [];
  for (const pieces of way.connections) {
    using client = await RawClient.open(Number(port));
    for (const [index, piece] of pieces.entries()) {
      await client.send(piece);
      const isAnswered = () => !way.hasAnswers || splitAnswers(client.received).length > index || !client.isOpen;
      await until(isAnswered, `an answer for piece ${index + 1}`);
    }
    client.end();
    await until(() => !client.isOpen, 'the receiver to close the connection');
    if (way.hasAnswers) answers.push(...splitAnswers(client.received).map(describeAnswer));
    else if (client.received.length > 0) answers.push(client.received.toString('hex'));
  }
  await receiver.stop();
  return { answers, arrived: await place.readArrived() };
}
