import { Buffer } from 'node:buffer';
import type { Socket } from 'node:net';
import { type Part, splitParts } from '../../scripts/interop/wire-parts.ts';
import { openTarget, type Target } from './targets.ts';

/** A receiver that says again what another has said. */
export interface KeptReceiver extends Target {
  /** The highest sequence that it has answered for. */
  answered(): number;
}

const headBytes = 12;

/**
 * Plays the recorded bytes of a receiver: each answer about a frame when that frame has come, everything before it as soon
 * as the sender has said that it reads answers.
 */
export async function openKeptReceiver(down: Uint8Array): Promise<KeptReceiver> {
  const parts = splitParts(down);
  let answered = 0;
  const play = (socket: Socket) => {
    const chunks: Buffer[] = [];
    let next = 0;
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      const heard = splitParts(Buffer.concat(chunks));
      for (; next < parts.length; next++) {
        const part = parts[next] as Part;
        const sequence = sequenceOf(part);
        if (sequence > 0 && !mayAnswer(heard, sequence)) return;
        socket.write(part.bytes);
        answered = Math.max(answered, sequence);
      }
    });
    socket.on('end', () => socket.end());
  };
  return { ...(await openTarget(play)), answered: () => answered };
}

/** The frame that a message is about; 0: none. */
function sequenceOf({ type, bytes }: Part): number {
  return type === 'ACKN' || type === 'skip' ? Number(bytes.readBigUInt64BE(headBytes)) : 0;
}

function mayAnswer(heard: readonly Part[], sequence: number): boolean {
  const frames = heard.filter(({ type }) => type === 'FRAM' || type === 'classic');
  return heard.some(({ type }) => type === 'HELO') && frames.length >= sequence;
}
