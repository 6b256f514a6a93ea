import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asProtocolError, ProtocolError } from '../../src/protocol/errors.ts';

test('asProtocolError gives an error of the stream back and throws a fault on', () => {
  const error = new ProtocolError('NOT_JPEG', 'x');
  assert.equal(asProtocolError(error), error);
  const fault = new TypeError('x');
  assert.throws(() => asProtocolError(fault), fault);
});
