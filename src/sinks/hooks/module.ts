import { CodedError } from '../../errors.ts';
import { commandService } from '../../options/command-service.ts';
import type { Options, Values } from '../../options/option.ts';
import { durationMs, integer, positiveMs, text } from '../../options/readers.ts';
import { readChildCommand } from '../../system/child-command.ts';
import type { FinishedSegment } from '../recording-hub.ts';
import { detectionRule, runGroup as group, hookOptions, shellOption, stallOptions } from '../shared-options.ts';
import { defineSink } from '../sink-module.ts';
import { hookKinds, type SegmentDetails } from './hook-event.ts';
import { HooksSink } from './hooks-sink.ts';

const service = commandService;

const options = {
  'on-connect': { group, describe: 'Run this command when a camera connects', read: text, service },
  'on-disconnect': { group, describe: 'Run this command when a camera disconnects', read: text, service },
  'on-missing': {
    group,
    describe: 'Run this command when a camera of `--expect` is missing',
    read: text,
    needs: 'expect',
    service,
  },
  'on-stall': { group, describe: 'Run this command when a connected camera sends nothing', read: text, service },
  ...stallOptions,
  'on-segment': {
    group,
    describe: 'Run this command when a recording is finished',
    read: text,
    needs: 'record',
    service,
  },
  'on-frame': {
    group,
    describe: 'Run this command for frames; it gets the frame on standard input',
    read: text,
    service,
  },
  'on-frame-every': {
    group,
    describe: 'Run it for one of this many frames of each camera',
    default: '1',
    read: integer(1, 1e9),
    needs: 'on-frame',
  },
  'on-detect': {
    group,
    describe: 'Run this command when the detector finds something; it gets the picture on standard input',
    read: text,
    needs: 'detect',
    service,
  },
  'on-detect-when': {
    group,
    describe: 'Run it for these labels only, with a confidence above a number: `person>0.6,car`',
    without: 'anything',
    read: detectionRule,
    needs: 'on-detect',
  },
  'on-detect-hold': {
    group,
    describe: 'Run it again when nothing was found for this time in between: one person is one event',
    default: '10s',
    read: durationMs,
    needs: 'on-detect',
  },
  'hook-shell': shellOption,
  'hook-timeout': {
    group,
    describe: 'End a command that takes longer',
    default: '30s',
    read: positiveMs,
    needs: [hookOptions],
  },
} satisfies Options;

/** Commands that are run for events. */
export const hooks = defineSink({
  name: 'hooks',
  describe: 'runs your command when something happens',
  options,
  read: (values) => (hookKinds.some((kind) => values[`on-${kind}`] !== undefined) ? values : undefined),
  async open(values, { cameras, log, recordings, results }) {
    const sink = new HooksSink(cameras, await readSettings(values), log);
    recordings.onFinished((segment) => sink.segment(segment.camera, describeSegment(segment)));
    results.onResult((result, jpeg) => sink.detected(result, jpeg));
    return sink;
  },
});

async function readSettings(values: Values<typeof options>) {
  const commands = hookKinds.map(async (kind) => {
    const command = values[`on-${kind}`];
    if (command === undefined) return [kind, undefined] as const;
    const found = readChildCommand(command, values['hook-shell']).catch((error: CodedError) => {
      throw new CodedError(error.code, `--on-${kind}: ${error.message}`);
    });
    return [kind, await found] as const;
  });
  return {
    ...Object.fromEntries(await Promise.all(commands)),
    stallAfterMs: values['stall-after'],
    frameEvery: values['on-frame-every'],
    detectRule: values['on-detect-when'],
    detectHoldMs: values['on-detect-hold'],
    timeoutMs: values['hook-timeout'],
  };
}

function describeSegment({ path, startedAtMs, durationMs, frames, bytes }: FinishedSegment): SegmentDetails {
  const [startedAtUs, endedAtUs] = [startedAtMs * 1000, Math.round((startedAtMs + durationMs) * 1000)];
  return { file: path, startedAtUs, endedAtUs, frames, bytes };
}
