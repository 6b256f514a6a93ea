import type { Socket } from 'node:net';
import { type Direction, type Faults, limitPiece, limitWaiting, TokenBucket } from './fault-proxy-faults.ts';
import { resetSocket } from './fault-proxy-socket.ts';

/** The state that all connections of one direction share. */
export interface DirectionState {
  readonly direction: Direction;
  faults: Faults;
  /** Bytes forwarded so far. */
  bytes: number;
  /** The cut to come after so many more bytes. */
  cut: { bytes: number; readonly done: () => void } | undefined;
  onBytes: ((direction: Direction, chunk: Uint8Array) => void) | undefined;
}

interface Entry {
  load: Uint8Array | 'fin' | 'rst';
  readonly dueMs: number;
}

/** One direction of one connection: what the source sends goes to the destination, with the faults of the moment. */
export class Pipe {
  readonly #source: Socket;
  readonly #destination: Socket;
  readonly #state: DirectionState;
  readonly #cut: () => Promise<void>;
  readonly #sliceBucket = new TokenBucket();
  readonly #byteBucket = new TokenBucket();
  #queue: Entry[] = [];
  #waitingBytes = 0;
  #lastDueMs = 0;
  /** Something fell into the black hole: nothing after it may arrive. */
  #lost = false;
  #stopped = false;
  #wake: () => void = () => undefined;

  /** `cut` resets the connection once the bytes written so far have arrived. */
  constructor(source: Socket, destination: Socket, state: DirectionState, cut: () => Promise<void>) {
    this.#source = source;
    this.#destination = destination;
    this.#state = state;
    this.#cut = cut;
    source.on('data', (chunk) => this.#add(chunk));
    source.once('end', () => this.#add('fin'));
    // The close that follows says what there is to say.
    source.on('error', () => undefined);
    source.once('close', (hadError) => {
      if (hadError || !source.readableEnded) this.#add('rst');
    });
    this.apply();
    void this.#run();
  }

  /** To be called when the faults have changed. */
  apply(): void {
    if (this.#isHole() && this.#queue.length > 0) {
      this.#lost = true;
      this.#queue = [];
      this.#waitingBytes = 0;
    }
    this.#adjustReading();
    this.#wake();
  }

  /** Forwards nothing more, and reads on so that the source's end is noticed. */
  stop(): void {
    this.#stopped = true;
    this.#queue = [];
    this.#source.resume();
    this.#wake();
  }

  #isHole(): boolean {
    return this.#lost || this.#state.faults.block === 'black-hole';
  }

  #adjustReading(): void {
    const { faults } = this.#state;
    const isFull = faults.block === 'stall' || this.#waitingBytes >= limitWaiting(faults);
    if (isFull && !this.#isHole()) this.#source.pause();
    else this.#source.resume();
  }

  #add(load: Entry['load']): void {
    if (this.#stopped) return;
    if (this.#isHole()) {
      this.#lost = true;
      return;
    }
    const { delayMs, jitterMs } = this.#state.faults;
    this.#lastDueMs = Math.max(this.#lastDueMs, performance.now() + delayMs + Math.random() * jitterMs);
    this.#queue.push({ load, dueMs: this.#lastDueMs });
    if (typeof load !== 'string') this.#waitingBytes += load.length;
    this.#adjustReading();
    this.#wake();
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const entry = this.#queue[0];
      const waitMs = entry === undefined ? Number.POSITIVE_INFINITY : this.#measureWait(entry);
      if (entry === undefined || waitMs > 0) await this.#sleep(waitMs);
      else await this.#forward(entry);
    }
  }

  #measureWait({ load, dueMs }: Entry): number {
    const { faults } = this.#state;
    if (faults.block !== 'none') return Number.POSITIVE_INFINITY;
    const lateMs = dueMs - performance.now();
    if (lateMs > 0 || typeof load === 'string') return lateMs;
    const sliceRate = faults.sliceBytes === Number.POSITIVE_INFINITY ? faults.sliceBytes : faults.slicesPerSecond;
    return Math.max(
      this.#sliceBucket.measureWait(1, sliceRate),
      this.#byteBucket.measureWait(this.#measurePiece(load), faults.bytesPerSecond),
    );
  }

  #measurePiece(load: Uint8Array): number {
    const { faults, cut } = this.#state;
    return Math.min(load.length, limitPiece(faults), cut?.bytes ?? load.length);
  }

  async #forward(entry: Entry): Promise<void> {
    const { load } = entry;
    if (typeof load === 'string') {
      this.#queue.shift();
      if (load === 'rst') resetSocket(this.#destination);
      else this.#destination.end();
      return;
    }
    const piece = load.subarray(0, this.#measurePiece(load));
    if (piece.length === load.length) this.#queue.shift();
    else entry.load = load.subarray(piece.length);
    this.#sliceBucket.take(1);
    this.#byteBucket.take(piece.length);
    this.#waitingBytes -= piece.length;
    this.#state.bytes += piece.length;
    const { cut } = this.#state;
    if (cut !== undefined) cut.bytes -= piece.length;
    const isLast = cut?.bytes === 0;
    if (isLast) this.#state.cut = undefined;
    this.#state.onBytes?.(this.#state.direction, piece);
    await this.#write(piece);
    if (isLast) {
      await this.#cut();
      cut?.done();
    }
    this.#adjustReading();
  }

  /** Settles when the kernel has the bytes, or never will. */
  #write(piece: Uint8Array): Promise<void> {
    return new Promise((resolve) => this.#destination.write(piece, () => resolve()));
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = ms === Number.POSITIVE_INFINITY ? undefined : setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
