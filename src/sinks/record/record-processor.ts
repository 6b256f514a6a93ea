import { access, constants } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Camera } from '../../frames/camera.ts';
import { formatConnection, type ReceivedFrame } from '../../frames/received-frame.ts';
import { hostKeyOf } from '../../network/address.ts';
import { CodedError } from '../../protocol/errors.ts';
import { formatBytes } from '../../system/byte-units.ts';
import { readWallClockUs } from '../../system/clock.ts';
import { counted } from '../../system/counted.ts';
import { describeWriteError } from '../../system/file-error.ts';
import { makeFolders } from '../../system/folders.ts';
import { LimitedLog } from '../../system/limited-log.ts';
import type { Log } from '../../system/log.ts';
import { RateLimit } from '../../system/rate-limit.ts';
import { type DiskSync, makeDiskSync } from '../disk/disk-sync.ts';
import { Retention, type RetentionLimits } from '../disk/retention.ts';
import type { FrameProcessor, UnsettledWork } from '../queue/queued-sink.ts';
import { type DiskStats, isDueOnDisk } from '../sink.ts';
import {
  type ActiveRecording,
  endsBefore,
  isOver,
  isOverdue,
  isUnasked,
  lingerMsOf,
  noteFrame,
  type SegmentLimits,
  timeOf,
} from './active-recording.ts';
import { Duplicates } from './duplicates.ts';
import { FolderRecordingIndex } from './folder-recording-index.ts';
import { openRecording } from './open-recording.ts';
import { parseRecordingName } from './recording-name.ts';
import { repairRecordings } from './repair.ts';
import type { SegmentFormat } from './segment.ts';
import { type FinishedSegment, SegmentFinalizer } from './segment-finalizer.ts';

export interface RecordSettings {
  readonly directory: string;
  /** `matroskaFormat`, or what `Mp4Format` makes. */
  readonly format: SegmentFormat;
  /** When a file ends and another begins. */
  readonly segment: SegmentLimits;
  readonly limits: RetentionLimits;
  /** For tests; undefined: the system's. */
  readonly sync?: DiskSync | undefined;
}

const lookEveryMs = 1000;
/** What may still be written by another receiver is not touched. */
const repairAfterMs = 15_000;
/** Each file takes at most such a part of all the room there is, so that there is always an older one to delete. */
const shareOfRoom = 1 / 4;
const minBytes = 65_536;
const maxTriesForRoom = 4;
/** Files that are being written: where a picture of another camera comes, the one ends that has waited longest for one. */
const maxTakes = 500;
/** Clocks are set, and pictures change their size, now and then: what does it all the time would have a file a picture. */
const restarts = { burst: 20, perSecond: 2 } as const;

/** Writes the pictures of each camera into files, one after another. */
export class RecordProcessor implements FrameProcessor {
  readonly retention: Retention;
  /** For the page. */
  readonly recordingIndex: FolderRecordingIndex;
  readonly #settings: RecordSettings;
  readonly #log: LimitedLog;
  readonly #finalizer: SegmentFinalizer;
  readonly #diskSync: DiskSync;
  readonly #duplicates: Duplicates;
  /** By the key of the camera. */
  readonly #recordings = new Map<string, ActiveRecording>();
  /** Keys of cameras of which a picture is being written. */
  readonly #busy = new Set<string>();
  /** When the files of cameras that went end, by key. */
  readonly #left = new Map<string, number>();
  /** How often a camera makes another file begin. */
  readonly #restarts = new RateLimit(restarts);
  readonly #timer: NodeJS.Timeout;
  readonly #stop = new AbortController();
  #repairing: Promise<void> | undefined;
  #hasToldShort = false;
  #isLooking = false;

  private constructor(
    settings: RecordSettings,
    retention: Retention,
    log: LimitedLog,
    onSegment: (info: FinishedSegment) => void,
  ) {
    this.#settings = settings;
    this.retention = retention;
    this.recordingIndex = new FolderRecordingIndex(settings.directory, (path) => retention.isBeingWritten(path));
    this.#log = log;
    this.#diskSync = settings.sync ?? makeDiskSync();
    this.#duplicates = new Duplicates(settings.directory, this.#diskSync, log);
    this.#finalizer = new SegmentFinalizer(settings.directory, retention, log, onSegment);
    this.#timer = setInterval(() => this.#look(), lookEveryMs).unref();
    setTimeout(() => this.#startRepair(), repairAfterMs).unref();
  }

  /** Makes the folder where needed. @param onSegment called with each file when it is complete. @throws CodedError OUTPUT_FAILED */
  static async open(
    settings: RecordSettings,
    log: Log,
    onSegment: (info: FinishedSegment) => void = () => undefined,
  ): Promise<RecordProcessor> {
    const { directory, limits } = settings;
    try {
      await makeFolders(resolve(directory));
      await access(directory, constants.W_OK | constants.X_OK);
    } catch (error) {
      throw new CodedError(
        'OUTPUT_FAILED',
        `Cannot record to ${directory}: ${await describeWriteError(error, resolve(directory))}`,
      );
    }
    const isOurs = (path: string) => parseRecordingName(path) !== undefined;
    const retention = await Retention.open({ directory, option: 'record', isOurs, ...limits }, log);
    return new RecordProcessor(settings, retention, new LimitedLog(log), onSegment);
  }

  /** A camera waits for its own files to be completed, and holds up no other. */
  roomFor({ key }: Camera): Promise<void> | undefined {
    return this.#finalizer.roomFor(key, !this.#recordings.has(key));
  }

  /**
   * Resolves when the picture is in its file. That of a sender which waits for an answer is settled when it is on the disk: it has to be there
   * after a power cut as well.
   * @throws CodedError OUTPUT_FAILED
   */
  async process(frame: ReceivedFrame, camera: Camera): Promise<UnsettledWork | undefined> {
    const { key } = camera;
    this.#left.delete(key);
    this.#busy.add(key);
    try {
      if (await this.#duplicates.has(frame, camera)) return undefined;
      const bytes = this.#settings.format.measure(frame);
      const recording = this.#recordings.get(key);
      const limits = this.#limits;
      if (recording !== undefined && endsBefore(recording, frame, bytes, limits)) {
        if (isUnasked(recording, frame, limits) && !this.#restarts.take(key)) throw tooOften(key);
        if (isOver(recording, bytes, limits)) this.#tellShort(limits.bytes);
        this.#end(key);
      }
      for (let tries = 0; tries < maxTriesForRoom; tries++) {
        if (await this.#record(frame, camera, bytes)) return isDueOnDisk(frame) ? this.#sync(key) : undefined;
        // What could be deleted is being written: it can be when it is complete, which others may be about to see to.
        this.#endAll(key);
        await this.#finalizer.settled();
      }
    } finally {
      this.#busy.delete(key);
    }
    const { directory } = this.#settings;
    throw new CodedError('OUTPUT_FAILED', `Cannot record to ${directory}: ${this.retention.describeShortage()}`);
  }

  get disk(): DiskStats {
    return this.retention.disk;
  }

  async disconnected(camera: Camera): Promise<void> {
    const endsAtMs = performance.now() + lingerMsOf(camera, readWallClockUs());
    if (this.#recordings.has(camera.key)) this.#left.set(camera.key, endsAtMs);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#stop.abort();
    await this.#repairing;
    for (const key of [...this.#recordings.keys()]) this.#end(key);
    await this.#finalizer.close();
    await this.retention.close();
  }

  get #limits(): SegmentLimits & { readonly bytes: number } {
    const { segment } = this.#settings;
    const share = (this.retention.capacityBytes * shareOfRoom) / Math.max(1, this.#recordings.size);
    const max = Math.max(share, minBytes);
    return { ...segment, bytes: Math.min(segment.bytes ?? max, max) };
  }

  /** False where there is no room. */
  async #record(frame: ReceivedFrame, camera: Camera, bytes: number): Promise<boolean> {
    const isBegun = this.#recordings.has(camera.key);
    if (!isBegun && !(await this.retention.create(() => this.#begin(frame, camera)))) return false;
    const recording = this.#recordings.get(camera.key);
    // It was left out: there is no video of such pictures.
    if (recording === undefined) return true;
    let isWhole = true;
    try {
      const add = async () => {
        isWhole = await recording.segment.add(frame, timeOf(frame) - recording.startUs);
      };
      if (!(await this.retention.write(recording.path, bytes, add))) return false;
    } catch (error) {
      // A file that took no picture may take none ever again.
      recording.isDone = true;
      throw error;
    }
    noteFrame(recording, frame, isWhole);
    if (!isWhole) this.#drop(frame, camera);
    return true;
  }

  /** Undefined where nothing was added, or nobody can know. */
  #sync(key: string): UnsettledWork | undefined {
    const recording = this.#recordings.get(key);
    if (recording?.segment.sync === undefined) return undefined;
    const settled = recording.segment.sync().catch((error: unknown) => {
      // What it could not have on the disk once is gone: another file begins.
      recording.isDone = true;
      throw error;
    });
    return { settled };
  }

  /** Once: files are shorter than somebody may have asked for. */
  #tellShort(bytes: number): void {
    if (this.#hasToldShort || bytes === this.#settings.segment.bytes) return;
    this.#hasToldShort = true;
    const reason = 'so that an older one can always be deleted to keep --record-size and --record-keep-free';
    this.#log.info('short', `Each recording ends at ${formatBytes(bytes)}, before --segment, ${reason}`);
  }

  #startRepair(): void {
    if (this.#stop.signal.aborted) return;
    const { directory } = this.#settings;
    const isBusy = (path: string) => this.retention.isBeingWritten(path);
    this.#repairing = repairRecordings(directory, isBusy, this.#stop.signal).then((repaired) => {
      if (repaired > 0)
        this.#log.info(
          'repair',
          `Completed ${counted(repaired, 'recording', 'recordings')} that a killed receiver had left unfinished`,
        );
    });
  }

  #drop({ connection, sequence }: ReceivedFrame, camera: Camera, reason = 'it is damaged'): void {
    camera.damaged++;
    const line = `${formatConnection(connection)}: frame ${sequence} is not recorded: ${reason}`;
    this.#log.warn('damaged', line, hostKeyOf(connection.address));
  }

  /** Begins a file; none when there is no video of such pictures: another try would not help. */
  async #begin(frame: ReceivedFrame, camera: Camera): Promise<void> {
    if (this.#recordings.size >= maxTakes) this.#endIdlest();
    try {
      this.#recordings.set(
        camera.key,
        await openRecording(frame, camera, { ...this.#settings, retention: this.retention, sync: this.#diskSync }),
      );
    } catch (error) {
      if (!(error instanceof CodedError) || error.code !== 'OPENCV_FAILED') throw error;
      this.#drop(frame, camera, error.message);
    }
  }

  #end(key: string): void {
    const recording = this.#recordings.get(key);
    if (recording === undefined) return;
    this.#recordings.delete(key);
    this.#left.delete(key);
    this.#finalizer.add(recording);
  }

  /** That whose last picture is the oldest, of cameras of which none is being written. */
  #endIdlest(): void {
    let idlest: ActiveRecording | undefined;
    for (const [key, recording] of this.#recordings) {
      if (this.#busy.has(key) || recording.lastReceivedUs >= (idlest?.lastReceivedUs ?? Number.POSITIVE_INFINITY))
        continue;
      idlest = recording;
    }
    if (idlest !== undefined) this.#end(idlest.camera.key);
  }

  /** Those of others that are being written to end with that picture. @param own key of the camera that asks */
  #endAll(own: string): void {
    for (const [key, recording] of [...this.#recordings]) {
      if (key !== own && this.#busy.has(key)) recording.isDone = true;
      else if (recording.frames > 0) this.#end(key);
    }
  }

  /** Whether its file is still there. */
  async #lookFor(recording: ActiveRecording): Promise<void> {
    const path = join(this.#settings.directory, recording.path);
    const error = await access(path).catch((reason: NodeJS.ErrnoException) => reason);
    const { key } = recording.camera;
    if (error?.code !== 'ENOENT' || this.#busy.has(key) || this.#recordings.get(key) !== recording) return;
    this.#recordings.delete(key);
    this.retention.forget(recording.path);
    await recording.segment.finish().catch(() => undefined);
    const frames = counted(recording.frames, 'frame', 'frames');
    this.#log.warn('lost', `${path} was deleted while it was written, ${frames} with it: another begins`);
  }

  /** One after another: on a disk that hangs they would take all threads. */
  async #lookForAll(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    for (const recording of [...this.#recordings.values()]) await this.#lookFor(recording);
    this.#isLooking = false;
  }

  /** Ends what no picture will end. */
  #look(): void {
    void this.#lookForAll();
    const nowMs = performance.now();
    for (const [key, recording] of [...this.#recordings]) {
      const isGone = nowMs >= (this.#left.get(key) ?? Number.POSITIVE_INFINITY);
      if (this.#busy.has(key) || !(isGone || isOverdue(recording, nowMs, this.#settings.segment))) continue;
      this.#end(key);
    }
  }
}

function tooOften(key: string): CodedError {
  const limit = `${restarts.burst} times in a row, and ${restarts.perSecond} times a second after that`;
  const reason = `its clock may be set, and the size of its pictures change, ${limit}: they do more often`;
  return new CodedError('OUTPUT_FAILED', `Cannot record ${key} as ${reason}`);
}
