import process from 'node:process';
import { describe } from 'node:test';
import { defineArrival, peerNames, sourceNames } from './arrival.ts';

const ones = ['a classic server', 'ours', 'ours with TLS', 'a port that closes at once'] as const;

describe('arrival', { concurrency: 2 }, () => {
  // All of the table, which takes some minutes: IMAGE_SOCKET_ARRIVAL=all.
  if (process.env['IMAGE_SOCKET_ARRIVAL'] === 'all') {
    defineArrival('packaged', { sources: sourceNames, peers: peerNames, counts: [1, 2, 5, 120] });
    for (const wire of ['classic', '2'] as const) {
      defineArrival('packaged', { sources: ['folder', 'pattern'], peers: peerNames, counts: [1, 120], wire });
    }
  } else {
    defineArrival('node', { sources: ['folder'], peers: peerNames, counts: [120] });
    defineArrival('node', { sources: ['pipe'], peers: peerNames, counts: [1] });
    defineArrival('node', { sources: ['pattern', 'video', 'camera', 'rpicam'], peers: ones.slice(1, 3), counts: [2] });
    defineArrival('packaged', { sources: ['folder', 'pattern'], peers: ones, counts: [1] });
  }
});
