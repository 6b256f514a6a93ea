import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { isHere } from '../../src/network/address.ts';
import { resolveBindAddresses } from '../../src/network/bind-addresses.ts';
import { isLocalName, lookupFor } from '../../src/network/local-name.ts';
import { dial } from '../../src/transport/connect/dial.ts';
import { openOwn } from '../support/targets.ts';

/** No system knows it, and it is this machine all the same. */
const unknown = 'no-such-name.localhost';

describe('a local name', () => {
  test('is localhost, or a name below it', () => {
    for (const name of ['localhost', 'LocalHost', 'localhost.', unknown]) assert.ok(isLocalName(name) && isHere(name));
    for (const name of ['localhost.lan', 'mylocalhost', 'local', '.localhost', '127.0.0.1', '']) {
      assert.ok(!isLocalName(name), name);
      assert.equal(lookupFor(name).lookup, undefined);
    }
  });

  test('is this machine at both ends, where no system knows it', async () => {
    assert.deepEqual(await resolveBindAddresses(unknown), ['127.0.0.1', '::1']);
    await using receiver = await openOwn();
    const { port } = receiver;
    const options = { host: unknown, port, connectTimeoutMs: 10_000, tls: undefined };
    const socket = await dial(options, new AbortController().signal);
    assert.equal(socket.remoteAddress, '127.0.0.1');
    socket.destroy();
  });

  test('has the address of the family that is asked for', async () => {
    const { lookup } = lookupFor('localhost');
    assert.ok(lookup !== undefined);
    const ask = promisify<string, object, unknown>(lookup as never);
    assert.equal(await ask('localhost', {}), '127.0.0.1');
    assert.equal(await ask('localhost', { family: 6 }), '::1');
    assert.deepEqual(await ask('localhost', { all: true, family: 4 }), [{ address: '127.0.0.1', family: 4 }]);
  });
});
