import { exitOnSignals } from '../cli/scratch.ts';
import { buildAddon } from './cache.ts';
import { TARGETS } from './recipe.ts';

// The command line of the native build: node scripts/native/build.ts [linux-x64|linux-arm64|all]

const choice = process.argv[2] ?? 'all';
const targets = TARGETS.filter((target) => choice === 'all' || choice === target);
if (targets.length === 0 || process.argv.length > 3) {
  process.stderr.write(`usage: node scripts/native/build.ts [${TARGETS.join('|')}|all]\n`);
  process.exit(2);
}
exitOnSignals();
try {
  for (const target of targets) process.stdout.write(`${await buildAddon(target)}\n`);
} catch (error) {
  process.stderr.write(`native: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
