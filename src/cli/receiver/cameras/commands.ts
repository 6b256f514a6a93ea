import type { Command } from '../../../options/commands.ts';
import type { Options } from '../../../options/option.ts';
import { flag, host as hostReader, integer, text } from '../../../options/readers.ts';

const port = {
  group: 'Receiver:',
  describe: 'Port of the receiver on this machine',
  default: '8080',
  read: integer(1, 65535),
} as const;

const host = {
  group: 'Receiver:',
  describe: 'Its `--host`, where several receivers of this machine have that port',
  read: hostReader,
} as const;

export const listOptions = {
  port,
  host,
  json: { group: 'Output:', describe: 'Print the list as JSON', default: 'false', read: flag },
} satisfies Options;

export const forgetOptions = {
  camera: {
    positional: true,
    describe: 'Key of the camera, as `image-receiver cameras` lists it',
    read: text,
    required: 'Cannot forget a camera without its key: image-receiver forget CAMERA',
  },
  port,
  host,
} satisfies Options;

export const inviteOptions = {
  camera: {
    positional: true,
    describe: 'Name of the camera that may join',
    read: text,
    required: 'Cannot invite a camera without a name: image-receiver invite CAMERA',
  },
  port,
  host,
  json: { group: 'Output:', describe: 'Print the code and the addresses as JSON', default: 'false', read: flag },
} satisfies Options;

const needs = { refused: 'as it ends at once' };

/** `image-receiver cameras` */
export const camerasCommand: Command = {
  command: 'cameras',
  describe: 'List the cameras that the receiver on this machine knows',
  options: listOptions,
  isApart: true,
  needs,
  examples: [['cameras', 'all cameras, when they were last seen, and the versions of image-sender']],
};

/** `image-receiver invite` */
export const inviteCommand: Command = {
  command: 'invite',
  describe: 'Print a code with which a camera can join, once and within ten minutes',
  options: inviteOptions,
  isApart: true,
  needs,
  examples: [['invite garden', 'the code to type at the camera, which is then called garden']],
};

/** `image-receiver forget` */
export const forgetCommand: Command = {
  command: 'forget',
  describe: 'Forget a camera that is away, or lock one out that has joined',
  options: forgetOptions,
  isApart: true,
  needs,
  examples: [
    [
      'forget garden',
      'another machine may be the camera garden from now on; if it had joined, it is locked out at once',
    ],
  ],
};
