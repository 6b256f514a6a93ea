import { printService } from '../../service/service.ts';
import type { Work } from '../program.ts';
import { receiverCommandLine } from './options.ts';
import { readReceiverSettings } from './settings.ts';

/** Does `image-receiver service`: prints the unit. */
export const printReceiverService: Work = (run, terminal) => {
  const { count, durationMs } = readReceiverSettings(run);
  return printService(receiverCommandLine, run, { intervalMs: 0, endsByItself: count > 0 || durationMs > 0 }, terminal);
};
