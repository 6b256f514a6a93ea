import { Buffer } from 'node:buffer';
import type { ResultHub } from '../../../frames/results/result-hub.ts';
import { defaultFrameLimits } from '../../../protocol/frame.ts';
import { JpegSplitter } from '../../../protocol/jpeg/jpeg-splitter.ts';
import type { Detection } from '../../../protocol/results/detection.ts';
import type { HttpExchange } from '../http/http-exchange.ts';
import type { Router } from '../http/router.ts';

/** A picture, and the form around it. */
const maxBodyBytes = defaultFrameLimits.maxFrameBytes + 64 * 1024;
/** Requests whose picture is in memory. */
const maxRequests = 8;
const answerMs = 10_000;
/** Fields of a form are that near to its begin or end. */
const endBytes = 4096;
const minConfidence = /name="min_confidence"(?:\r\n[^\r\n]+)*\r\n\r\n(\d*\.?\d+)/;

/**
 * Adds the address at which DeepStack, CodeProject.AI and others answer for a picture: programs
 * that know these can use the detector.
 */
export function addVisionRoute(router: Router, results: ResultHub): void {
  let requests = 0;
  router.post('/v1/vision/detection', async (exchange) => {
    if (results.ask === undefined) return fail(exchange, 404, 'This receiver has no detector: start it with --detect');
    if (requests >= maxRequests)
      return fail(exchange, 503, `At most ${maxRequests} pictures may wait for the detector`);
    requests++;
    try {
      await answer(exchange, results.ask);
    } finally {
      requests--;
    }
  });
}

async function answer(exchange: HttpExchange, ask: NonNullable<ResultHub['ask']>): Promise<void> {
  const body = await exchange.readBytes(maxBodyBytes);
  if (body === undefined) return fail(exchange, 413, `A request must say its length, of at most ${maxBodyBytes} bytes`);
  const picture = findPicture(body);
  if (picture === undefined) return fail(exchange, 400, 'The form must have a JPEG in the field image');
  const [, least = '0'] = minConfidence.exec(readEnds(body)) ?? [];
  const found = await ask({ ...picture, address: exchange.address, timeoutMs: answerMs });
  if (found === undefined) return fail(exchange, 503, `The detector did not answer within ${answerMs / 1000} s`);
  const predictions = found.detections.filter(({ confidence }) => confidence >= Number(least)).map(toPrediction);
  exchange.sendJson(JSON.stringify({ success: true, predictions, count: predictions.length, code: 200 }));
}

/** The text around the picture of a form. */
function readEnds(body: Uint8Array): string {
  const ends = body.length <= 2 * endBytes ? [body] : [body.subarray(0, endBytes), body.subarray(-endBytes)];
  return Buffer.concat(ends).toString('latin1');
}

/** The first JPEG of a form, whatever is around it. */
function findPicture(body: Uint8Array) {
  const found = [...new JpegSplitter(defaultFrameLimits).decode(body)];
  return found.find((one) => one.type === 'picture');
}

function toPrediction({ label, confidence, box: [x1, y1, x2, y2] }: Detection) {
  return { label, confidence, x_min: x1, y_min: y1, x_max: x2, y_max: y2 };
}

function fail(exchange: HttpExchange, status: number, error: string): void {
  const body = JSON.stringify({ success: false, error, code: status });
  exchange.send(status, { 'content-type': 'application/json' }, body);
}
