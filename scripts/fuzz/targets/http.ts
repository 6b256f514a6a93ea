import { joinBytes } from '../../../src/protocol/byte-pieces.ts';
import { HttpDecoder, type HttpEvent } from '../../../src/protocol/http/http-decoder.ts';
import { HttpError } from '../../../src/protocol/http/http-request.ts';
import { encodeFailure } from '../../../src/protocol/http/http-response.ts';
import { type ByteStream, checkStream, type StreamFormat } from '../check-stream.ts';
import { hashBytes, type Random } from '../random.ts';
import { Failure, type Target } from '../target.ts';
import { seedJpegs } from './jpeg-stream.ts';
import { slackBytes } from './limits.ts';
import { seedName, toBytes } from './seeds.ts';
import { httpStructure } from './structures.ts';

const format: StreamFormat<'http'> = {
  variants: ['http'],
  structure: httpStructure,
  codes: ['BAD_REQUEST'],
  open: () => new RequestStream(),
};

class RequestStream implements ByteStream {
  readonly #decoder = new HttpDecoder();
  #body: Uint8Array[] = [];

  *take(chunk: Uint8Array): Generator<string> {
    try {
      for (const event of this.#decoder.decode(chunk)) yield* this.#describe(event);
    } catch (error) {
      // The answer has parts of the request.
      if (error instanceof HttpError) encodeFailure(new Date(0), error, 'POST');
      throw error;
    }
  }

  *finish(): Generator<string> {
    yield `${this.#decoder.isWithinHead} ${this.#decoder.hasWholeBody} ${hashBytes(joinBytes(this.#body))}`;
  }

  /** Parts of a body are as long as the pieces that they came in. */
  *#describe(event: HttpEvent): Generator<string> {
    if (event.type === 'request') yield JSON.stringify(event.request);
    if (event.type === 'body') this.#body.push(event.bytes.slice());
    if (event.type !== 'end') return;
    const bytes = joinBytes(this.#body);
    this.#body = [];
    if (bytes.length !== event.bodyBytes) throw new Failure(`${bytes.length} bytes came of ${event.bodyBytes}`);
    yield `end ${bytes.length} ${hashBytes(bytes)}`;
  }
}

/** Requests with JPEGs: of a length, in chunks, as multipart. */
export function seedRequests(random: Random): Uint8Array {
  return joinBytes(Array.from({ length: random.between(1, 3) }, () => seedRequest(random)));
}

function seedRequest(random: Random): Uint8Array {
  const body = random.oneIn(2) ? seedJpegs(random) : seedMultipart(random);
  const headers = [
    `${random.pick(['POST', 'PUT', 'GET', 'HEAD'])} ${random.pick(['/', '/cameras/', 'http://pc:8080/'])}${encodeURIComponent(seedName(random))}${random.pick(['', '?x=1'])} HTTP/1.${random.pick([1, 1, 1, 0])}`,
    'Host: pc',
    ...(random.oneIn(4) ? ['Expect: 100-continue'] : []),
    ...(random.oneIn(4) ? [`Connection: ${random.pick(['close', 'keep-alive', 'Upgrade, close'])}`] : []),
    ...(random.oneIn(9) ? ['Origin: http://other'] : []),
  ];
  if (random.oneIn(2)) return joinBytes([head([...headers, `Content-Length: ${body.length}`]), body]);
  return joinBytes([head([...headers, 'Transfer-Encoding: chunked']), chunked(body, random)]);
}

const head = (lines: readonly string[]): Uint8Array => toBytes(`${lines.join('\r\n')}\r\n\r\n`);

function chunked(body: Uint8Array, random: Random): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < body.length; ) {
    const chunk = body.subarray(at, at + random.between(1, body.length));
    parts.push(toBytes(`${chunk.length.toString(16)}${random.pick(['', ';a=b'])}\r\n`), chunk, toBytes('\r\n'));
    at += chunk.length;
  }
  return joinBytes([...parts, toBytes(`0\r\n${random.pick(['', 'Trailer: x\r\n'])}\r\n`)]);
}

function seedMultipart(random: Random): Uint8Array {
  const parts = Array.from({ length: random.between(1, 3) }, () => {
    const jpeg = seedJpegs(random);
    return [
      toBytes(`--frame\r\nContent-Type: image/jpeg\r\nContent-Length: ${jpeg.length}\r\n\r\n`),
      jpeg,
      toBytes('\r\n'),
    ];
  });
  return joinBytes([...parts.flat(), toBytes('--frame--\r\n')]);
}

/** The reader of requests and of their bodies. */
export const http: Target = {
  seed: seedRequests,
  structure: httpStructure,
  check: (input, random, all) => checkStream(format, input, random, all),
  hold: {
    maxBytes: () => 2 * 16_384 + slackBytes,
    open(input) {
      const decoder = new HttpDecoder();
      for (const _ of decoder.decode(input));
      return decoder;
    },
  },
};
