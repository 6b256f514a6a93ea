// Node's main script in a packaged program. The packaging puts the program and its code cache beside it, as assets.
const { Buffer } = require('node:buffer');
const { getRawAsset } = require('node:sea');
const { Script } = require('node:vm');
const { crc32 } = require('node:zlib');

// Node would warn that connections are not safe. They are: the programs always check certificates themselves.
delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
// The bundle is ASCII; getAsset would decode it as UTF-8.
const source = Buffer.from(getRawAsset('program')).latin1Slice();
// V8 ignores the cache of another V8, but looks at the header alone: a damaged cache would end the process without a message. The
// checksum is behind it.
const sealed = Buffer.from(getRawAsset('cache'));
const cache = sealed.subarray(0, -4);
const cachedData = crc32(cache) === sealed.readUInt32LE(cache.length) ? cache : undefined;
const program = new Script(source, { filename: __filename, cachedData });
// Only a test can tell that the cache is ignored: the program then does the same, but starts slowly.
if (process.env.IMAGE_SOCKET_CODE_CACHE === 'tell')
  process.stderr.write(`The code cache is ${program.cachedDataRejected === false ? 'used' : 'ignored'}\n`);
program.runInThisContext()(require, module, exports, __filename);
