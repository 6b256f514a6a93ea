// Loaded before tests whose coverage is measured: the random inputs of property tests are the same in each run, and so
// are the lines that they run.
import fc from 'fast-check';

fc.configureGlobal({ seed: 1 });
