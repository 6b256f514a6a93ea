import { printService } from '../../service/service.ts';
import { checkCommand } from '../../service/unit.ts';
import type { Work } from '../program.ts';
import { senderCommandLine } from './commands.ts';
import { listReceiverFile } from './join/joined-target.ts';
import { readSenderSettings } from './settings.ts';

/** Does `image-sender service`: prints the unit. */
export const printSenderService: Work = (run, terminal) => {
  checkCommand({ commandLine: senderCommandLine, command: run.command });
  const { source, sender } = readSenderSettings(run);
  const endsByItself = source.endsByItself || sender.count > 0;
  const habits = { intervalMs: source.intervalMs, endsByItself, credentials: listReceiverFile(run.options) };
  return printService(senderCommandLine, run, habits, terminal);
};
