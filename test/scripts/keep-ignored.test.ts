import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import { keepIgnoredSignals } from '../../scripts/package/keep-ignored.ts';

// As disassembled from Node 24.21.0. Its effect is tried with nohup on the packages.
const known = {
  'linux-x64': {
    code: ['31c04889e5415441bc0002080053', 'ba01000000be90b08c00bf02000000e859b0ffff'],
    changed: ['31c04889e5415441bc0e02080053', 'ba01000000be90b08c00bf0f000000e859b0ffff'],
  },
  'linux-arm64': {
    code: ['144080d233008052f55b02a9150084d21401a0f2', 'e10313aa2200805240008052a2efff97'],
    changed: ['d44180d233008052f55b02a9150084d21401a0f2', 'e10313aa22008052e0018052a2efff97'],
  },
} as const;

for (const target of ['linux-x64', 'linux-arm64'] as const) {
  const [load, call] = known[target].code;

  test(`keepIgnoredSignals changes two numbers of Node and nothing else: ${target}`, () => {
    const node = Buffer.from(`00${load}ffff${call}00`, 'hex');
    keepIgnoredSignals(node, target);
    assert.equal(node.toString('hex'), `00${known[target].changed.join('ffff')}00`);
  });

  test(`keepIgnoredSignals refuses a Node that it does not know: ${target}`, () => {
    for (const code of ['', load, call, `${load}${load}${call}`, `${load}${call}${call}`]) {
      const run = () => keepIgnoredSignals(Buffer.from(code, 'hex'), target);
      assert.throws(run, /sets signals up in another way than is known: disassemble node::/);
    }
  });
}
