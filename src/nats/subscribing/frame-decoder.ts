import type { Msg } from '@nats-io/transport-node';
import { CodedError } from '../../errors.ts';
import type { BatchPosition } from '../../frames/received-frame.ts';
import type { FrameLimits } from '../../protocol/frame.ts';
import type { ClockComparer } from '../clock-comparer.ts';
import type { CameraStream } from './camera-stream.ts';
import type { CameraStreams } from './camera-streams.ts';
import { type NatsFrame, readFrame } from './frame-reader.ts';

/** Makes frames of messages, and delivers them to the sinks as frames of their cameras. */
export class FrameDecoder {
  readonly cameraStreams: CameraStreams;
  readonly #clocks: ClockComparer;
  readonly #limits: FrameLimits;

  constructor(cameraStreams: CameraStreams, clocks: ClockComparer, limits: FrameLimits) {
    this.cameraStreams = cameraStreams;
    this.#clocks = clocks;
    this.#limits = limits;
  }

  /** Undefined where it is no frame, which is counted. */
  read(message: Msg): NatsFrame | undefined {
    try {
      return readFrame(message, this.#limits);
    } catch (error) {
      const rejection = error instanceof CodedError ? error : new CodedError('FAULT', `Cannot read a frame: ${error}`);
      this.cameraStreams.reject(rejection, message.subject);
      return undefined;
    }
  }

  /** Resolves when the sinks have taken it; undefined: they have, or it is nothing for them. */
  take(message: Msg): Promise<void> | undefined {
    const frame = this.read(message);
    const cameraStream = frame === undefined ? undefined : this.cameraStreams.accept(frame);
    return frame === undefined || cameraStream === undefined ? undefined : this.deliver(cameraStream, frame);
  }

  /** Delivers a frame that `cameraStreams.accept` gave the stream for. Resolves as `take`. */
  deliver(cameraStream: CameraStream, frame: NatsFrame, batch?: BatchPosition): Promise<void> | undefined {
    const { publisher, address, age } = frame.metadata;
    const latency = this.#clocks.measure(publisher, age, frame.monotonicUs);
    // The offset of a receiver's clock says nothing of its cameras' clocks.
    const wallOffsetUs = address === undefined ? this.#clocks.wallOffsetUs(publisher) : undefined;
    return cameraStream.deliver(frame, { latency, wallOffsetUs, ...(batch === undefined ? {} : { batch }) });
  }
}
