import { runChild } from '../../test/support/child.ts';
import { median, programFile, say, timeoutMs } from './support.ts';

const helpRuns = 15;

/** From the command to the end of its help. */
export async function timeStart(): Promise<void> {
  for (const program of ['image-sender', 'image-receiver']) {
    const times: number[] = [];
    for (let i = 0; i < helpRuns; i++) {
      const startMs = performance.now();
      await runChild(programFile(program), ['--help'], timeoutMs);
      times.push(performance.now() - startMs);
    }
    say(
      `start to --help, ${program}, packaged: median ${median(times).toFixed(0)} ms, worst ${Math.max(...times).toFixed(0)} ms`,
    );
  }
}
