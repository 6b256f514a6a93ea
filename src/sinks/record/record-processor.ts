import { CodedError } from '../../errors.ts';
import type { Camera } from '../../frames/camera.ts';
import { formatConnection, type ReceivedFrame } from '../../frames/received-frame.ts';
import { hostKeyOf } from '../../network/address.ts';
import { formatBytes } from '../../system/byte-units.ts';
import { readWallClockUs } from '../../system/clock.ts';
import { LimitedLog } from '../../system/limited-log.ts';
import type { Log } from '../../system/log.ts';
import { RateLimit } from '../../system/rate-limit.ts';
import { type DiskSync, makeDiskSync } from '../disk/disk-sync.ts';
import { prepareFolder } from '../disk/output-folder.ts';
import { Retention, type RetentionLimits } from '../disk/retention.ts';
import type { FrameProcessor, UnsettledWork } from '../queue/frame-processor.ts';
import type { FinishedSegment } from '../recording-hub.ts';
import { type DiskStats, isDueOnDisk } from '../sink.ts';
import {
  endsBefore,
  isOver,
  isUnasked,
  lingerMsOf,
  noteFrame,
  type SegmentLimits,
  timeOf,
} from './active-recording.ts';
import { ActiveRecordings } from './active-recordings.ts';
import { Duplicates } from './duplicates.ts';
import { FolderRecordingIndex } from './folder-recording-index.ts';
import { LostRecordings } from './lost-recordings.ts';
import { openRecording } from './open-recording.ts';
import { parseRecordingName } from './recording-name.ts';
import { RepairAfterStart } from './repair.ts';
import type { SegmentFormat } from './segment.ts';
import { SegmentFinalizer } from './segment-finalizer.ts';

export interface RecordSettings {
  readonly directory: string;
  /** `matroskaFormat`, or what `Mp4Format` makes. */
  readonly format: SegmentFormat;
  /** The limits at which a file ends and another begins. */
  readonly segment: SegmentLimits;
  readonly limits: RetentionLimits;
  /** From its abort on, only files whose place is needed at once are deleted. */
  readonly stop?: AbortSignal | undefined;
  /** For tests; undefined: the system's. */
  readonly sync?: DiskSync | undefined;
}

const lookEveryMs = 1000;
/**
 * Each file takes at most such a part of the room, so that there is always an older one to delete.
 */
const shareOfRoom = 1 / 4;
const minBytes = 65_536;
const maxTriesForRoom = 4;
/**
 * A camera may set its clock or change the size of its pictures so often: one that did it all the
 * time would have a file for each picture.
 */
const restarts = { burst: 20, perSecond: 2 } as const;

/** Writes the pictures of each camera into files, one after another. */
export class RecordProcessor implements FrameProcessor {
  readonly retention: Retention;
  /** The recordings for the page. */
  readonly recordingIndex: FolderRecordingIndex;
  readonly #settings: RecordSettings;
  readonly #log: LimitedLog;
  readonly #finalizer: SegmentFinalizer;
  readonly #diskSync: DiskSync;
  readonly #duplicates: Duplicates;
  readonly #recordings: ActiveRecordings;
  readonly #lost: LostRecordings;
  /** Limits how often a camera makes another file begin. */
  readonly #restarts = new RateLimit(restarts);
  readonly #timer: NodeJS.Timeout;
  readonly #repair: RepairAfterStart;
  #hasToldShort = false;

  private constructor(
    settings: RecordSettings,
    retention: Retention,
    log: LimitedLog,
    onSegment: (info: FinishedSegment) => void,
  ) {
    this.#settings = settings;
    this.retention = retention;
    const isBusy = (path: string) => retention.isBeingWritten(path);
    this.recordingIndex = new FolderRecordingIndex(settings.directory, isBusy);
    this.#log = log;
    this.#diskSync = settings.sync ?? makeDiskSync();
    this.#duplicates = new Duplicates(settings.directory, this.#diskSync, isBusy, log);
    this.#finalizer = new SegmentFinalizer(settings.directory, retention, log, onSegment);
    this.#recordings = new ActiveRecordings((recording) => this.#finalizer.add(recording));
    this.#lost = new LostRecordings(settings.directory, this.#recordings, retention, log);
    this.#timer = setInterval(() => this.#look(), lookEveryMs).unref();
    this.#repair = new RepairAfterStart(settings.directory, isBusy, log);
  }

  /**
   * Makes the folder where needed.
   * @param onSegment called with each file when it is complete.
   * @throws CodedError OUTPUT_FAILED
   */
  static async open(
    settings: RecordSettings,
    log: Log,
    onSegment: (info: FinishedSegment) => void = () => undefined,
  ): Promise<RecordProcessor> {
    const { directory, limits, stop } = settings;
    await prepareFolder(directory, 'record to');
    const isOurs = (path: string) => parseRecordingName(path) !== undefined;
    const retention = await Retention.open({ directory, option: 'record', isOurs, stop, ...limits }, log);
    return new RecordProcessor(settings, retention, new LimitedLog(log), onSegment);
  }

  /** A camera waits until its own files are completed, and holds up no other camera. */
  roomFor({ key }: Camera): Promise<void> | undefined {
    return this.#finalizer.roomFor(key, !this.#recordings.has(key));
  }

  /**
   * Resolves when the picture is in its file. Where its sender waits for an answer, the picture is
   * settled when it is on the disk: it has to be there after a power cut as well.
   * @throws CodedError OUTPUT_FAILED
   */
  async process(frame: ReceivedFrame, camera: Camera): Promise<UnsettledWork | undefined> {
    return await this.#recordings.use(camera.key, () => this.#process(frame, camera));
  }

  async #process(frame: ReceivedFrame, camera: Camera): Promise<UnsettledWork | undefined> {
    const { key } = camera;
    if (await this.#duplicates.has(frame, camera)) return undefined;
    const bytes = this.#settings.format.measure(frame);
    this.#endForgotten(camera);
    this.#endBefore(frame, key, bytes);
    for (let tries = 0; tries < maxTriesForRoom; tries++) {
      if (await this.#record(frame, camera, bytes)) return isDueOnDisk(frame) ? this.#sync(key) : undefined;
      // Only files that are being written could be deleted, once they are complete.
      this.#recordings.endAll(key);
      await this.#finalizer.settled();
    }
    const { directory } = this.#settings;
    throw new CodedError('OUTPUT_FAILED', `Cannot record to ${directory}: ${this.retention.describeShortage()}`);
  }

  /** A file of a camera that was forgotten is not that of the next one of its name. */
  #endForgotten(camera: Camera): void {
    const before = this.#recordings.get(camera.key)?.camera;
    if (before !== undefined && before !== camera && before.isForgotten) this.#recordings.end(camera.key);
  }

  /**
   * Ends the file of the camera where the frame goes into another.
   * @throws CodedError OUTPUT_FAILED where that is too often
   */
  #endBefore(frame: ReceivedFrame, key: string, bytes: number): void {
    const recording = this.#recordings.get(key);
    const limits = this.#limits;
    if (recording === undefined || !endsBefore(recording, frame, bytes, limits)) return;
    if (isUnasked(recording, frame, limits) && !this.#restarts.take(key)) throw tooOften(key);
    if (isOver(recording, bytes, limits)) this.#tellShort(limits.bytes);
    this.#recordings.end(key);
  }

  get disk(): DiskStats {
    return this.retention.disk;
  }

  async disconnected(camera: Camera): Promise<void> {
    this.#recordings.endAt(camera.key, performance.now() + lingerMsOf(camera, readWallClockUs()));
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#repair.close();
    for (const { camera } of this.#recordings.all) this.#recordings.end(camera.key);
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
    // The picture was dropped: no video can hold it.
    if (recording === undefined) return true;
    let isWhole = true;
    try {
      const add = async () => {
        isWhole = await recording.segment.add(frame, timeOf(frame) - recording.startUs);
      };
      if (!(await this.retention.write(recording.path, bytes, add))) return false;
    } catch (error) {
      // A file that did not accept a picture may never accept one again.
      recording.isDone = true;
      throw error;
    }
    noteFrame(recording, frame, isWhole);
    if (!isWhole) this.#drop(frame, camera);
    return true;
  }

  /** Undefined where no picture was added, or the format does not say what is on the disk. */
  #sync(key: string): UnsettledWork | undefined {
    const recording = this.#recordings.get(key);
    if (recording?.segment.sync === undefined) return undefined;
    const settled = recording.segment.sync().catch((error: unknown) => {
      // Bytes that a sync failed for may be lost: another file begins.
      recording.isDone = true;
      throw error;
    });
    return { settled };
  }

  /** Says once that files are shorter than the user may have asked for. */
  #tellShort(bytes: number): void {
    if (this.#hasToldShort || bytes === this.#settings.segment.bytes) return;
    this.#hasToldShort = true;
    const reason = 'so that an older one can always be deleted to keep --record-size and --record-keep-free';
    this.#log.info('short', `Each recording ends at ${formatBytes(bytes)}, before --segment, ${reason}`);
  }

  #drop({ connection, sequence }: ReceivedFrame, camera: Camera, reason = 'it is damaged'): void {
    camera.damaged++;
    const line = `${formatConnection(connection)}: frame ${sequence} is not recorded: ${reason}`;
    this.#log.warn('damaged', line, hostKeyOf(connection.address));
  }

  /** Begins a file; none where no video can hold such pictures, as another try would not help. */
  async #begin(frame: ReceivedFrame, camera: Camera): Promise<void> {
    this.#recordings.makeRoom();
    try {
      const target = { ...this.#settings, retention: this.retention, sync: this.#diskSync };
      this.#recordings.add(await openRecording(frame, camera, target));
    } catch (error) {
      if (!(error instanceof CodedError) || error.code !== 'OPENCV_FAILED') throw error;
      this.#drop(frame, camera, error.message);
    }
  }

  #look(): void {
    void this.#lost.look();
    this.#recordings.endOverdue(this.#settings.segment);
  }
}

function tooOften(key: string): CodedError {
  const limit = `${restarts.burst} times in a row, and ${restarts.perSecond} times a second after that`;
  const reason = `its clock may be set, and the size of its pictures change, ${limit}: they do more often`;
  return new CodedError('OUTPUT_FAILED', `Cannot record ${key} as ${reason}`);
}
