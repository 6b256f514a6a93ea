import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Client, ConnectionLimiter } from '../../src/network/connection-limiter.ts';
import type { ProtocolError } from '../../src/protocol/errors.ts';

class TrialClient implements Client {
  readonly address: string;
  keepsPlace: boolean;
  dropped: ProtocolError | undefined;

  constructor(address: string, keepsPlace = false) {
    this.address = address;
    this.keepsPlace = keepsPlace;
  }

  drop(error: ProtocolError): void {
    this.dropped = error;
  }
}

function admitAll(limiter: ConnectionLimiter, addresses: readonly string[], keepsPlace = false): TrialClient[] {
  return addresses.map((address) => {
    const client = new TrialClient(address, keepsPlace);
    limiter.admit(client);
    return client;
  });
}

const droppedOf = (clients: readonly TrialClient[]) => clients.map(({ dropped }) => dropped?.code);

test('ConnectionLimiter rejects a connection beyond the limit when all before it are senders', () => {
  const limiter = new ConnectionLimiter({ maxSenders: 2, maxPerAddress: 9 });
  const clients = admitAll(limiter, ['10.0.0.1', '10.0.0.2'], true);
  const message = 'Cannot accept a sender as at most 2 may be connected (--max-senders)';
  assert.throws(() => limiter.admit(new TrialClient('10.0.0.3')), { code: 'TOO_MANY_SENDERS', message });
  assert.deepEqual(droppedOf(clients), [undefined, undefined]);
});

test('ConnectionLimiter rejects a connection beyond the limit of its host, and no other', () => {
  const limiter = new ConnectionLimiter({ maxSenders: 9, maxPerAddress: 2 });
  admitAll(limiter, ['10.0.0.1', '10.0.0.1', '10.0.0.2'], true);
  const message = 'Cannot accept a sender as at most 2 may be connected from its address (--max-per-address)';
  assert.throws(() => limiter.admit(new TrialClient('10.0.0.1')), { code: 'TOO_MANY_SENDERS', message });
  admitAll(limiter, ['10.0.0.2', '10.0.0.3'], true);
});

test('ConnectionLimiter gives the place of the oldest silent connection to a new one', () => {
  const limiter = new ConnectionLimiter({ maxSenders: 3, maxPerAddress: 9 });
  const [sender] = admitAll(limiter, ['10.0.0.1'], true);
  const silent = admitAll(limiter, ['10.0.0.2', '10.0.0.3']);
  admitAll(limiter, ['10.0.0.4']);
  assert.deepEqual(droppedOf(silent), ['TOO_MANY_SENDERS', undefined]);
  admitAll(limiter, ['10.0.0.5'], true);
  assert.deepEqual(droppedOf(silent), ['TOO_MANY_SENDERS', 'TOO_MANY_SENDERS']);
  assert.equal(sender?.dropped, undefined);
});

test('ConnectionLimiter takes a place for a host from that host when it has as many as it may', () => {
  const limiter = new ConnectionLimiter({ maxSenders: 9, maxPerAddress: 2 });
  const [other, first, second] = admitAll(limiter, ['10.0.0.9', '10.0.0.1', '10.0.0.1']);
  admitAll(limiter, ['10.0.0.1']);
  assert.deepEqual(droppedOf([other, first, second] as TrialClient[]), [undefined, 'TOO_MANY_SENDERS', undefined]);
});

test('ConnectionLimiter keeps a connection that has begun to send since it came', () => {
  const limiter = new ConnectionLimiter({ maxSenders: 2, maxPerAddress: 9 });
  const clients = admitAll(limiter, ['10.0.0.1', '10.0.0.2']);
  (clients[0] as TrialClient).keepsPlace = true;
  admitAll(limiter, ['10.0.0.3']);
  assert.deepEqual(droppedOf(clients), [undefined, 'TOO_MANY_SENDERS']);
});

test('ConnectionLimiter has a place again when a connection leaves, and one only when it leaves twice', () => {
  const limiter = new ConnectionLimiter({ maxSenders: 3, maxPerAddress: 2 });
  const [first] = admitAll(limiter, ['10.0.0.1', '10.0.0.1', '10.0.0.2'], true);
  limiter.leave(first as TrialClient);
  limiter.leave(first as TrialClient);
  admitAll(limiter, ['10.0.0.1'], true);
  assert.throws(() => limiter.admit(new TrialClient('10.0.0.1')), { message: /from its address/ });
  assert.throws(() => limiter.admit(new TrialClient('10.0.0.3')), { code: 'TOO_MANY_SENDERS' });
});

test('ConnectionLimiter takes the addresses of one IPv6 network for one host', () => {
  const limiter = new ConnectionLimiter({ maxSenders: 9, maxPerAddress: 2 });
  admitAll(limiter, ['2001:db8:1:2::1', '2001:db8:1:2:ffff::2', '2001:db8:1:3::1'], true);
  assert.throws(() => limiter.admit(new TrialClient('2001:db8:1:2:1:2:3:4')), { code: 'TOO_MANY_SENDERS' });
});

test('ConnectionLimiter never holds more than its limits, whatever comes', () => {
  const limiter = new ConnectionLimiter({ maxSenders: 10, maxPerAddress: 3 });
  const clients = admitAll(
    limiter,
    Array.from({ length: 1000 }, (_, i) => `10.0.0.${i % 7}`),
  );
  const kept = clients.filter(({ dropped }) => dropped === undefined);
  assert.equal(kept.length, 10);
});

test('ConnectionLimiter takes a place from the host that has the most silent ones when a crowd comes from few', () => {
  const limiter = new ConnectionLimiter({ maxSenders: 4, maxPerAddress: 9 });
  const [shaking] = admitAll(limiter, ['10.0.0.1']);
  const crowd = admitAll(limiter, ['10.0.0.2', '10.0.0.2', '10.0.0.3']);
  admitAll(limiter, ['10.0.0.2', '10.0.0.3', '10.0.0.2']);
  assert.equal(shaking?.dropped, undefined);
  assert.ok(droppedOf(crowd).filter((code) => code === 'TOO_MANY_SENDERS').length >= 2);
});
