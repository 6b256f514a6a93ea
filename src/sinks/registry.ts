import { decode } from './decode/module.ts';
import { detect } from './detect/module.ts';
import { hooks } from './hooks/module.ts';
import { lines } from './lines/module.ts';
import { nats } from './nats/module.ts';
import { record } from './record/module.ts';
import { save } from './save/module.ts';
import type { SinkModule } from './sink-module.ts';
import { stdout } from './stdout/module.ts';
import { web } from './web/module.ts';
import { window } from './window/module.ts';

/**
 * All sinks there are, in the order in which they are opened: `record` before those that use its
 * recordings.
 */
export const sinks: readonly SinkModule[] = [record, save, window, decode, detect, nats, lines, stdout, web, hooks];
