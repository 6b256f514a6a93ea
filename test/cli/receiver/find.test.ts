import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatReceivers, printReceivers } from '../../../src/cli/receiver/find.ts';
import { Terminal } from '../../../src/cli/terminal.ts';
import { CodedError } from '../../../src/errors.ts';

const plain = { name: 'garden', addresses: ['10.0.0.1'], port: 8080, tls: false, pin: undefined, web: undefined };

describe('the list of receivers', () => {
  test('has the command for each of them', () => {
    const secure = { ...plain, name: 'attic', port: 9000, tls: true, pin: '0f3a0f3a', web: 8000 };
    assert.deepEqual(formatReceivers([plain, secure]), [
      'garden at 10.0.0.1:8080',
      '    image-sender rpicam --host 10.0.0.1',
      '',
      'attic at 10.0.0.1:9000, TLS only, its fingerprint begins with sha256:0f3a0f3a',
      '    image-sender rpicam --host 10.0.0.1 --port 9000 --tls-pin with its fingerprint',
      '    page: https://10.0.0.1:8000/',
    ]);
  });

  test('says what is needed where there is none', () => {
    assert.match(formatReceivers([]).join('\n'), /no receiver has answered within 2 s\. .*--host 0\.0\.0\.0/);
  });

  test('is not made beside other work, or where multicast is off', async () => {
    const print = (options: Record<string, unknown>) =>
      printReceivers(
        { isService: false, command: undefined, passedOn: [], options },
        new Terminal('image-receiver'),
        new AbortController(),
      );
    const refused = (text: RegExp) => (error: unknown) =>
      error instanceof CodedError && error.code === 'BAD_OPTION' && text.test(error.message);
    await assert.rejects(print({ find: true, save: 'pics' }), refused(/--find with --save/));
    await assert.rejects(print({ find: true }), refused(/IMAGE_SOCKET_MULTICAST is off/));
  });
});
