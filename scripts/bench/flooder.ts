// Floods a receiver and ends by itself. Arguments: kind, port, port of the page, own address, seconds.

import { setPriority } from 'node:os';
import process from 'node:process';
import { floodKinds } from './flood-kinds.ts';

const [kind = '', port = '', pagePort = '', address = '', seconds = ''] = process.argv.slice(2);
// In truth it is on another machine: it must not take the receiver's processor.
setPriority(10);
const stop = AbortSignal.timeout(Number(seconds) * 1000);
// Whatever hangs.
setTimeout(() => process.exit(1), (Number(seconds) + 3) * 1000).unref();
await floodKinds[kind]?.run({ port: Number(port), pagePort: Number(pagePort), address, stop });
process.exit(0);
