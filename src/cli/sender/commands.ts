import type { Command, CommandLine } from '../../options/commands.ts';
import { readOptions } from '../../options/read-options.ts';
import { flag } from '../../options/readers.ts';
import { sources } from '../../sources/registry.ts';
import { exitCodes } from '../exit-codes.ts';
import { joinCommand } from './join/command.ts';
import { senderOptions, senderTopics } from './options.ts';

export const doctorOptions = {
  json: {
    group: 'Output:',
    describe: 'Print the list, or the report of the doctor, as JSON',
    default: 'false',
    read: flag,
  },
} as const;

const doctor: Command = {
  command: 'doctor',
  describe: 'Check cameras and connection, and print the command to type next',
  options: doctorOptions,
  needs: { refused: 'as it ends at once' },
  examples: [
    ['doctor --host my-pc.local', 'cameras, permissions, clock, and the way to that receiver'],
    ['doctor --publish nats://my-nats.local', 'the same, and the way to that NATS server'],
  ],
};

const { buffer } = senderOptions;

/** The command line of image-sender: what all sources have, and a command for each of them. */
export const senderCommandLine: CommandLine = {
  program: 'image-sender',
  environment: 'IMAGE_SENDER',
  summary: 'Sends pictures of a camera, a program or a file to image-receiver, the newest first.',
  topics: senderTopics,
  commands: [...sources, joinCommand, doctor],
  examples: [],
  exitCodes,
  service: {
    watchdog:
      'The program reports to systemd only while frames come or the network is slow. If a camera hangs, systemd restarts the service.',
    memoryBytes: (raw) => readOptions({ buffer }, raw).buffer,
  },
};
