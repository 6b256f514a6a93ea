import { CodedError } from '../../errors.ts';
import type { Camera } from '../../frames/camera.ts';
import { formatConnection, type ReceivedFrame } from '../../frames/received-frame.ts';
import { hostKeyOf } from '../../network/address.ts';
import { readWallClockUs } from '../../system/clock.ts';
import { LimitedLog } from '../../system/limited-log.ts';
import type { Log } from '../../system/log.ts';
import { type DiskSync, makeDiskSync } from '../disk/disk-sync.ts';
import { prepareFolder } from '../disk/output-folder.ts';
import { Retention, type RetentionLimits } from '../disk/retention.ts';
import type { FrameProcessor, UnsettledWork } from '../queue/frame-processor.ts';
import type { FinishedSegment } from '../recording-hub.ts';
import { type DiskStats, isDueOnDisk } from '../sink.ts';
import { lingerMsOf, noteFrame, type SegmentLimits, timeOf } from './active-recording.ts';
import { ActiveRecordings } from './active-recordings.ts';
import { Duplicates } from './duplicates.ts';
import { FolderRecordingIndex } from './folder-recording-index.ts';
import { LostRecordings } from './lost-recordings.ts';
import { openRecording } from './open-recording.ts';
import { parseRecordingName } from './recording-name.ts';
import { RepairAfterStart } from './repair.ts';
import type { SegmentFormat } from './segment.ts';
import { SegmentFinalizer } from './segment-finalizer.ts';
import { SegmentRotation } from './segment-rotation.ts';

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
const maxTriesForRoom = 4;

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
  readonly #rotation: SegmentRotation;
  readonly #lost: LostRecordings;
  readonly #timer: NodeJS.Timeout;
  readonly #repair: RepairAfterStart;

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
    this.#rotation = new SegmentRotation(settings.segment, this.#recordings, retention, log);
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
    this.#rotation.endBefore(frame, camera, bytes);
    for (let tries = 0; tries < maxTriesForRoom; tries++) {
      if (await this.#record(frame, camera, bytes)) return isDueOnDisk(frame) ? this.#sync(key) : undefined;
      // Only files that are being written could be deleted, once they are complete.
      this.#recordings.endAll(key);
      await this.#finalizer.settled();
    }
    const { directory } = this.#settings;
    throw new CodedError('OUTPUT_FAILED', `Cannot record to ${directory}: ${this.retention.describeShortage()}`);
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
