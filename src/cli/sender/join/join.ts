import process from 'node:process';
import { CodedError } from '../../../errors.ts';
import { formatAddress } from '../../../network/address.ts';
import { findReceivers } from '../../../network/discovery/find-receivers.ts';
import { isMulticastOn } from '../../../network/discovery/multicast-switch.ts';
import { deriveJoinKey } from '../../../network/joining/join-key.ts';
import { isListeningHere } from '../../../network/listening-here.ts';
import { checkRun } from '../../../options/commands.ts';
import type { Values } from '../../../options/option.ts';
import { readOptions } from '../../../options/read-options.ts';
import { type JoinedReceiver, type JoinPlace, joinReceiver } from '../../../transport/connect/join.ts';
import type { Work } from '../../program.ts';
import { senderCommandLine } from '../commands.ts';
import { readSenderIdentity } from '../identity.ts';
import { joinOptions } from './command.ts';
import { prepareReceiverFile, readReceiverFile, writeReceiverFile } from './receiver-file.ts';
import { scanOptions } from './scan/scan-options.ts';

type JoinValues = Values<typeof joinOptions>;

/** Receivers that are tried with one code. */
const maxPlaces = 8;

/** Does `join`. */
export const joinWithCode: Work = async (run, terminal, stop) => {
  checkRun(senderCommandLine, run);
  const raw = run.options['camera'] === undefined ? run.options : await scanOptions(run.options, terminal, stop.signal);
  if (raw === undefined) return undefined;
  const values = readOptions(joinOptions, raw);
  const { code } = values;
  if (code === undefined) {
    const advice = 'type image-receiver invite CAMERA at the receiver, and then image-sender join CODE';
    throw new CodedError('BAD_OPTION', `Cannot join without a code: ${advice}, or image-sender join --camera`);
  }
  const path = await prepareReceiverFile();
  const places = await listPlaces(values, stop.signal);
  // The camera is chosen later, among those of this machine.
  const identity = readSenderIdentity('');
  const receiver = await joinFirst(places, { key: await deriveJoinKey(code), identity }, stop.signal);
  const earlier = readEarlier();
  await writeReceiverFile(path, receiver);
  const where = formatAddress(receiver.host, receiver.port);
  terminal.info(`joined the receiver at ${where} as the camera ${receiver.name}${earlier}`);
  terminal.info(`kept its address, fingerprint and token in ${path}; image-sender rpicam needs no option now`);
  return undefined;
};

/** Says which receiver is joined no more; empty: none was. */
function readEarlier(): string {
  try {
    const earlier = readReceiverFile();
    return earlier === undefined ? '' : `, in place of the one at ${formatAddress(earlier.host, earlier.port)}`;
  } catch {
    // It is damaged, and of no use.
    return '';
  }
}

/** The receivers that may have printed the code, the likeliest first. @throws CodedError CONNECT_FAILED */
async function listPlaces(values: JoinValues, signal: AbortSignal): Promise<JoinPlace[]> {
  const { host, port, find, 'connect-timeout': connectTimeoutMs } = values;
  if (host !== undefined) return host.map((one) => ({ host: one, port, connectTimeoutMs }));
  if ((await isListeningHere(port)) !== false) return [{ host: 'localhost', port, connectTimeoutMs }];
  const found = find && isMulticastOn(process.env) ? await findReceivers(signal) : [];
  if (found.length === 0) {
    const advice = 'Give --host with the address that image-receiver invite printed';
    throw new CodedError('CONNECT_FAILED', `Cannot find a receiver on this machine or in this network. ${advice}`);
  }
  return found
    .slice(0, maxPlaces)
    .map(({ addresses, port: foundPort }) => ({ host: addresses[0] as string, port: foundPort, connectTimeoutMs }));
}

/** @throws CodedError of the last receiver; with several the message says how many there are */
async function joinFirst(
  places: readonly JoinPlace[],
  secrets: Parameters<typeof joinReceiver>[1],
  signal: AbortSignal,
): Promise<JoinedReceiver> {
  const errors: CodedError[] = [];
  for (const place of places) {
    try {
      return await joinReceiver(place, secrets, signal);
    } catch (error) {
      if (!(error instanceof CodedError) || signal.aborted) throw error;
      errors.push(error);
    }
  }
  // The answer of a receiver that has invitations says more than the silence of one that has none.
  const told = errors.find(({ code }) => code === 'REJECTED') ?? errors[0];
  if (told === undefined || places.length === 1) throw told;
  throw new CodedError(told.code, `${told.message}. ${places.length} addresses were tried: --host chooses one`);
}
