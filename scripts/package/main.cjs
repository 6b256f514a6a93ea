// Node's main script in a packaged program. The packaging puts the program and its code cache beside it, as assets.
const { Buffer } = require('node:buffer');
const { getRawAsset } = require('node:sea');
const { Script } = require('node:vm');

// The bundle is ASCII; getAsset would decode it as UTF-8.
const source = Buffer.from(getRawAsset('program')).latin1Slice();
// A V8 that cannot use the cache ignores it.
const program = new Script(source, { filename: __filename, cachedData: Buffer.from(getRawAsset('cache')) });
// Only a test can tell that V8 ignored it: the program then does the same, but starts slowly.
if (process.env.IMAGE_SOCKET_CODE_CACHE === 'tell')
  process.stderr.write(`The code cache is ${program.cachedDataRejected ? 'ignored' : 'used'}\n`);
program.runInThisContext()(require, module, exports, __filename);
