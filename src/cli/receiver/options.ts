import { natsLoginOptions } from '../../nats/options.ts';
import type { CommandLine } from '../../options/commands.ts';
import type { Options, RawOptions } from '../../options/option.ts';
import { readOptions } from '../../options/read-options.ts';
import { durationMs, integer } from '../../options/readers.ts';
import { measureMemory } from '../../sinks/open-sinks.ts';
import { sinks } from '../../sinks/registry.ts';
import { exitCodes } from '../exit-codes.ts';
import { camerasCommand, forgetCommand, inviteCommand } from './cameras/commands.ts';
import { expectOptions } from './expected.ts';
import { admissionOptions, limitOptions, listenOptions } from './listening.ts';
import { subscriptionOptions } from './subscription.ts';

const end = { group: 'End:' };

const endOptions = {
  count: { ...end, describe: 'End after this many frames; 0: never', default: '0', read: integer(0, 1e9) },
  duration: {
    ...end,
    describe: 'End after this time, such as `10s` or `5m` (a number without unit: seconds); 0: never',
    default: '0',
    read: durationMs,
  },
} satisfies Options;

/** Those that the program reads itself; the rest are of its sinks. */
export const inputOptions = {
  ...listenOptions,
  ...admissionOptions,
  ...subscriptionOptions,
  ...natsLoginOptions,
  ...limitOptions,
  ...expectOptions,
  ...endOptions,
};

/** The command line of image-receiver. */
export const receiverCommandLine: CommandLine = {
  program: 'image-receiver',
  environment: 'IMAGE_RECEIVER',
  summary: 'Receives pictures from any number of image-senders, and of the Python clients, for ever.',
  topics: {
    listen: listenOptions,
    admission: admissionOptions,
    ...Object.fromEntries(sinks.map(({ name, options }) => [name, options])),
    subscribe: subscriptionOptions,
    limits: limitOptions,
    expect: expectOptions,
    end: endOptions,
  },
  hasMain: true,
  commands: [inviteCommand, camerasCommand, forgetCommand],
  examples: [
    ['--host 0.0.0.0 --show', 'let other machines send, and show their pictures'],
    ['--host 0.0.0.0 --show --tls --token-file token', 'encrypted, only for senders with the token'],
    ['--host 0.0.0.0 --web 8000', 'show all cameras in a browser at http://localhost:8000'],
    ['--host 0.0.0.0 --record videos --record-size 20GB', 'keep as much video as fits in 20 GB'],
    ['--save pictures --quiet', 'keep every picture as it came'],
    ['--stdout jpeg | ffplay -f mjpeg -', 'hand the pictures to another program'],
    ["--on-disconnect 'notify-send gone'", 'run a command when a camera disconnects'],
    ['--publish nats://my-nats.local', 'publish the pictures to a NATS server'],
    ['--subscribe nats://my-nats.local --web 8000', 'receive the published pictures, on any machine'],
    ['--json --count 100 | jq .latencyMs', 'figures for a script'],
    ['--port 0 --duration 1m', 'any free port, for a minute'],
  ],
  exitCodes,
  service: {
    stateFolder: '/var/lib/image-receiver',
    watchdog:
      'The program reports to systemd unless a disk hangs. Then systemd restarts the service. A receiver without senders reports too.',
    memoryBytes,
  },
};

/** Each sender may be within its largest frame. */
function memoryBytes(raw: RawOptions): number {
  const values = readOptions(limitOptions, raw);
  return values['max-frame'] * values['max-senders'] + measureMemory(raw);
}
