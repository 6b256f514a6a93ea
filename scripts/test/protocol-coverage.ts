/**
 * Tests whose only point is how much work some megabytes are. Counting makes that work five times slower, and they
 * run no line that others do not.
 */
const heavyTests = 'in proportion|torn picture again and again|camera program';

/** Arguments of Node that fail where a line or a branch of src/protocol is run by no test of test/protocol. */
export const protocolCoverage: readonly string[] = [
  '--test',
  '--import=./scripts/test/fixed-seed.ts',
  // In one process: starting 20 takes longer than the tests.
  '--test-isolation=none',
  '--experimental-test-coverage',
  '--test-coverage-include=src/protocol/**',
  '--test-coverage-lines=100',
  '--test-coverage-branches=100',
  `--test-skip-pattern=${heavyTests}`,
  '--test-reporter=./scripts/test/coverage-reporter.ts',
  '--test-reporter-destination=stdout',
  'test/protocol/**/*.test.ts',
];
