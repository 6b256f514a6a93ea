import { CodedError } from '../errors.ts';
import { commandService } from '../options/command-service.ts';
import type { Options, Values } from '../options/option.ts';
import { flag, positiveMs, text } from '../options/readers.ts';
import { type ChildCommand, readChildCommand } from '../system/child-command.ts';
import type { Log } from '../system/log.ts';
import { LabelChanges } from './label-changes.ts';
import { ResultLines } from './result-lines.ts';
import type { ResultOutput } from './result-output.ts';
import { ResultProgram } from './result-program.ts';

const group = 'Results of the detector of the receiver:';
const notWith = { publish: 'as results come back over the connection to a receiver' };
const service = { ...commandService, usesPins: true } as const;
const any = [['on-result', 'on-result-change', 'results']] as const;

export const resultOptions = {
  'on-result': {
    group,
    describe: 'Run this program all the time, and give it a line of JSON for each result, such as `python3 lamp.py`',
    read: text,
    notWith,
    service,
  },
  'on-result-change': {
    group,
    describe: 'Run this command when the set of labels changes; `IMAGE_SOCKET_LABELS` has them',
    read: text,
    notWith,
    service,
  },
  results: {
    group,
    describe: 'Print each result to standard output, a line of JSON each',
    default: 'false',
    read: flag,
    notWith,
    service: { refused: 'as nobody reads its output: use --on-result' },
  },
  'result-max-age': {
    group,
    describe: 'A result that is older, from the capture of its picture on, is not used',
    default: '500ms',
    read: positiveMs,
    needs: any,
  },
} satisfies Options;

/** The outputs that the user wants. @throws CodedError BAD_OPTION */
export async function openResultOutputs(values: Values<typeof resultOptions>, log: Log): Promise<ResultOutput[]> {
  const { 'on-result': program, 'on-result-change': change, results } = values;
  return [
    ...(program === undefined ? [] : [new ResultProgram(await readCommand('on-result', program), log)]),
    ...(change === undefined ? [] : [new LabelChanges(await readCommand('on-result-change', change), log)]),
    ...(results ? [new ResultLines(log)] : []),
  ];
}

async function readCommand(name: string, command: string): Promise<ChildCommand> {
  return readChildCommand(command, false).catch((error: CodedError) => {
    throw new CodedError(error.code, `--${name}: ${error.message}`);
  });
}
