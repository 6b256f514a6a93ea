import type { CommandLine } from '../../../src/options/commands.ts';
import type { Program } from '../programs.ts';

/** Options of the unit in the package: a conffile. */
export function configurationFile(program: string): string {
  return `/etc/default/${program}`;
}

/** Files of the user that root alone can read. systemd hands the unit a copy of each. */
export function secretsFolder(program: string): string {
  return `/etc/${program}`;
}

const examples: Readonly<Record<Program, string>> = {
  'image-sender': `#     ARGS="rpicam --retries 0"
#
# \`sudo image-sender join CODE\` tells the service its receiver: \`image-receiver invite CAMERA\`
# prints the code, which is good once. If a user of this machine has joined already:
# \`sudo cp ~/.local/state/image-socket/receiver.json /etc/image-sender/\`. Without both, the receiver
# is found in the network, or named with --host.
# \`image-sender doctor\` prints the command line for this machine.
# --retries 0 means that the sender tries for ever to reach the receiver.`,
  'image-receiver': `#     ARGS="--host 0.0.0.0 --web 8000 --record videos --record-size 20GB"
#
# The service can write only below /var/lib/image-receiver: name folders without a path.`,
};

/** The first content of the conffile. */
export function formatConfiguration({ program, environment }: CommandLine): string {
  return `# Options of ${program}.service. Write them here, then start it, now and at every boot:
#
#     sudo systemctl enable --now ${program}
#
# After a change of this file: sudo systemctl restart ${program}
#
# ARGS is the command line behind the word ${program}:
#
${examples[program as Program]}
#
# Each option may also be a variable, such as ${environment}_PORT=9000.
#
# Every user of this machine can read this file: write no password here.
# Put token and key files into ${secretsFolder(program)}, which root alone can read. The service
# gets a copy of each. ${secretsFolder(program)}/token is then
#
#     --token-file /run/credentials/${program}.service/etc_token

ARGS=""
`;
}
