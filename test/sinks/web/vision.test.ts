import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { describe, test } from 'node:test';
import type { AskedPicture } from '../../../src/frames/results/result-hub.ts';
import type { Detections } from '../../../src/protocol/results/detection.ts';
import { tinyJpeg } from '../../support/jpeg.ts';
import { TrialPage } from './trial-page.ts';

const jpeg = tinyJpeg(480, 315, 100);
const found: Detections = {
  ...{ omitted: 0, extra: {} },
  detections: [
    { label: 'person', confidence: 0.9, box: [1, 2, 3, 4] },
    { label: 'dog', confidence: 0.3, box: [5, 6, 7, 8] },
  ],
};

/** A form as Python's requests makes it. */
function makeForm(picture: Uint8Array, fields: Record<string, string> = {}): Buffer {
  const texts = Object.entries(fields).map(
    ([name, value]) => `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  const head = '--b\r\nContent-Disposition: form-data; name="image"; filename="image.jpg"\r\n\r\n';
  return Buffer.concat([Buffer.from(texts.join('') + head), picture, Buffer.from('\r\n--b--\r\n')]);
}

async function post(page: TrialPage, body: Uint8Array) {
  const headers = { 'content-type': 'multipart/form-data; boundary=b' };
  const response = await fetch(`http://127.0.0.1:${page.port}/v1/vision/detection`, { method: 'POST', headers, body });
  return { status: response.status, json: (await response.json()) as Record<string, unknown> };
}

describe('the address of DeepStack', () => {
  test('gives what the detector finds in the picture of a form', async () => {
    await using page = await TrialPage.open();
    const asked: AskedPicture[] = [];
    page.results.ask = async (picture) => {
      asked.push(picture);
      return found;
    };
    const { status, json } = await post(page, makeForm(jpeg));
    assert.equal(status, 200);
    assert.deepEqual(json, {
      success: true,
      predictions: [
        { label: 'person', confidence: 0.9, x_min: 1, y_min: 2, x_max: 3, y_max: 4 },
        { label: 'dog', confidence: 0.3, x_min: 5, y_min: 6, x_max: 7, y_max: 8 },
      ],
      count: 2,
      code: 200,
    });
    assert.deepEqual([asked[0]?.width, asked[0]?.height, asked[0]?.jpeg.length], [480, 315, jpeg.length]);
  });

  test('leaves out what is below the confidence that the form asks for', async () => {
    await using page = await TrialPage.open();
    page.results.ask = async () => found;
    const { json } = await post(page, makeForm(jpeg, { min_confidence: '0.4' }));
    assert.deepEqual([json['count'], (json['predictions'] as unknown[]).length], [1, 1]);
  });

  test('says why there is no answer', async () => {
    await using page = await TrialPage.open();
    assert.deepEqual(await post(page, makeForm(jpeg)), {
      status: 404,
      json: { success: false, error: 'This receiver has no detector: start it with --detect', code: 404 },
    });
    page.results.ask = async () => undefined;
    const late = await post(page, makeForm(jpeg));
    assert.deepEqual([late.status, late.json['error']], [503, 'The detector did not answer within 10 s']);
    const none = await post(page, makeForm(Buffer.from('no picture')));
    assert.deepEqual([none.status, none.json['error']], [400, 'The form must have a JPEG in the field image']);
    const long = await post(page, makeForm(Buffer.alloc(17_000_000)));
    assert.equal(long.status, 413);
  });

  test('takes a few pictures at once, and rejects more', async () => {
    await using page = await TrialPage.open();
    const waiting = Promise.withResolvers<undefined>();
    page.results.ask = () => waiting.promise;
    let rejected = 0;
    const ask = async () => {
      const { json } = await post(page, makeForm(jpeg));
      if (/At most 8 pictures may wait/.test(String(json['error']))) rejected++;
      if (rejected === 4) waiting.resolve(undefined);
    };
    await Promise.all(Array.from({ length: 12 }, ask));
    assert.equal(rejected, 4);
  });
});
