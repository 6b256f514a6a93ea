import type { CommandLine } from '../../../src/options/commands.ts';
import { composeUnit } from '../../../src/service/compose.ts';
import { configurationFile, secretsFolder } from './configuration.ts';

/**
 * The unit in a package: its options are in a file that is read at each start, so that its sandbox
 * leaves room for all of them but those that need a unit of their own.
 */
export function formatPackagedUnit(commandLine: CommandLine): string {
  const { program } = commandLine;
  return composeUnit({
    commandLine,
    comments: [
      `The options are in ${configurationFile(program)}.`,
      `For a port below 1024 or a file in a home folder: let \`${program} service\` print a unit.`,
    ],
    about: [`Description=${program}`, `Documentation=man:${program}(1)`],
    start: [
      `EnvironmentFile=-${configurationFile(program)}`,
      `ExecStart=/usr/bin/${program} $ARGS`,
      '# The files of that folder, which root alone can read.',
      `LoadCredential=etc:${secretsFolder(program)}`,
    ],
    isForOutput: false,
    intervalMs: 0,
    // With --count, for one.
    endsByItself: true,
    sandbox: {
      devices: commandLine.commands.some(({ needs }) => needs?.devices !== undefined) ? 'libcamera' : undefined,
      memoryMax: '75%',
      hasLowPort: false,
      hiddenPaths: [],
    },
  });
}
