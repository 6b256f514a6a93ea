import { readFile } from 'node:fs/promises';
import { CodedError } from '../../errors.ts';
import { ProtocolError } from '../../protocol/errors.ts';
import { describeJoinRefusal } from '../../protocol/join/join-refusal.ts';
import { readWallClockUs } from '../../system/clock.ts';
import { errorLine } from '../../system/error-line.ts';
import { describeFileError, describeWriteError } from '../../system/file-error.ts';
import { replaceFile } from '../../system/replace-file.ts';
import { quoteWord } from '../../system/shell-word.ts';
import { stateFolderAdvice } from '../../system/state-folder.ts';
import { makeKey } from '../camera-key.ts';
import type { ConnectionStats } from '../received-frame.ts';
import { formatJoined, hashToken, type JoinedCamera, makeToken, parseJoined } from './joined-camera.ts';

/** Cameras that may join. */
const maxJoined = 1000;

/** The cameras that have joined this receiver, and the file that keeps them. */
export class JoinedCameras {
  readonly #path: string;
  readonly #cameras = new Map<string, JoinedCamera>();
  /** Changes are written one after another. */
  #writing: Promise<void> = Promise.resolve();

  #isInUse: boolean;

  /** @param cameras undefined: there is no file */
  private constructor(path: string, cameras: readonly JoinedCamera[] | undefined) {
    this.#path = path;
    this.#isInUse = cameras !== undefined;
    for (const camera of cameras ?? []) this.#cameras.set(camera.key.toLowerCase(), camera);
  }

  /**
   * Reads the file. One that cannot be read ends the receiver: without it a stranger could be any
   * camera.
   * @throws CodedError BAD_OPTION
   */
  static async open(path: string): Promise<JoinedCameras> {
    try {
      return new JoinedCameras(path, parseJoined(await readFile(path, 'utf8')));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT') return new JoinedCameras(path, undefined);
      const reason = code === undefined ? errorLine(error) : describeFileError(error);
      const advice = 'Mend it, or remove it and invite all cameras again';
      throw new CodedError('BAD_OPTION', `Cannot read the cameras that joined in ${path}: ${reason}. ${advice}`);
    }
  }

  /** In the order in which they joined. */
  get all(): JoinedCamera[] {
    return [...this.#cameras.values()];
  }

  /** Whether a camera has joined, now or earlier: the file is there. */
  get isInUse(): boolean {
    return this.#isInUse;
  }

  find(key: string): JoinedCamera | undefined {
    return this.#cameras.get(key.toLowerCase());
  }

  /** The camera whose token that is. */
  findByToken(token: Uint8Array): JoinedCamera | undefined {
    if (this.#cameras.size === 0 || token.length === 0) return undefined;
    const hash = hashToken(token);
    return this.all.find(({ tokenHash }) => tokenHash === hash);
  }

  /** The camera whose name a connection has without its token. */
  findClaimed(connection: ConnectionStats): JoinedCamera | undefined {
    if (this.#cameras.size === 0 || connection.joined !== undefined) return undefined;
    return this.find(makeKey(connection)) ?? this.#findName(connection.name);
  }

  /**
   * Refuses a connection that did not give the token of the camera that it would be.
   * @throws ProtocolError NAME_JOINED
   */
  checkName(connection: ConnectionStats): void {
    const camera = this.findClaimed(connection);
    if (camera === undefined) return;
    const advice = `Give the sender another --name, or let it join: image-receiver invite ${quoteWord(camera.name)}`;
    const message = `Cannot accept a sender with the name ${camera.name} as that camera has joined, and only its token is accepted. ${advice}`;
    throw new ProtocolError('NAME_JOINED', message);
  }

  /**
   * The camera of that name has joined, for the first time or again: an earlier token is of no use
   * any more. It is in the file when this resolves.
   * @param machine that joins, as in `SenderIdentity`; undefined: any machine with the token is that camera
   * @returns the token, which is kept nowhere else
   * @throws CodedError OUTPUT_FAILED
   */
  async add(name: string, key: string, machine?: string): Promise<Uint8Array> {
    if (this.find(key) === undefined && this.#cameras.size >= maxJoined) {
      const message = describeJoinRefusal(`at most ${maxJoined} may: image-receiver forget CAMERA makes room`);
      throw new CodedError('OUTPUT_FAILED', message);
    }
    const token = makeToken();
    const camera = { key, name, tokenHash: hashToken(token), machine, joinedAtUs: readWallClockUs() };
    await this.#change((cameras) => cameras.set(key.toLowerCase(), camera));
    return token;
  }

  /**
   * Its token is of no use any more. @returns whether it had joined
   * @throws CodedError OUTPUT_FAILED
   */
  async forget(key: string): Promise<boolean> {
    if (this.find(key) === undefined) return false;
    await this.#change((cameras) => cameras.delete(key.toLowerCase()));
    return true;
  }

  #findName(name: string | undefined): JoinedCamera | undefined {
    const title = name?.normalize('NFC');
    return this.all.find((camera) => camera.name === title);
  }

  /** A change counts from the moment when it is in the file. */
  #change(apply: (cameras: Map<string, JoinedCamera>) => void): Promise<void> {
    const change = this.#writing.then(async () => {
      const next = new Map(this.#cameras);
      apply(next);
      try {
        await replaceFile(this.#path, formatJoined([...next.values()]));
      } catch (error) {
        const reason = await describeWriteError(error, this.#path);
        const message = `Cannot keep the cameras that joined in ${this.#path}: ${reason}. ${stateFolderAdvice}`;
        throw new CodedError('OUTPUT_FAILED', message);
      }
      apply(this.#cameras);
      this.#isInUse = true;
    });
    this.#writing = change.catch(() => undefined);
    return change;
  }
}
