// Usage: fill-cache.cjs PROGRAM CACHE ARGUMENTS... Runs the program, and adds to the file CACHE what V8 compiled for that run.
const { existsSync, readFileSync, writeFileSync } = require('node:fs');
const { basename } = require('node:path');
const v8 = require('node:v8');
const { Script } = require('node:vm');

const [, , file, cache, ...args] = process.argv;
// The cache holds the name of the program: not that of a folder for one build.
const name = `/${basename(file)}`;
process.argv = [process.execPath, name, ...args];
// V8 uses a cache only with the flags that it was made with, and programs set theirs when they have been loaded.
v8.setFlagsFromString = () => undefined;
const options = existsSync(cache) ? { cachedData: readFileSync(cache) } : {};
const script = new Script(readFileSync(file, 'latin1'), { filename: name, ...options });
if (script.cachedDataRejected) throw new Error(`V8 rejects ${cache}, which it made itself`);
process.on('exit', () => {
  writeFileSync(cache, script.createCachedData());
  // The run may have ended with a failure of its own.
  process.exitCode = 0;
});
script.runInThisContext()(require, module, exports, name);
