import { CodedError } from '../../../../errors.ts';
import { decodeJpeg } from '../../../../opencv/jpeg.ts';
import { loadOpenCv } from '../../../../opencv/load.ts';
import type { RawOptions } from '../../../../options/option.ts';
import { readOptions } from '../../../../options/read-options.ts';
import { readQrCode } from '../../../../qr/read-qr-code.ts';
import type { Terminal } from '../../../terminal.ts';
import { joinOptions } from '../command.ts';
import { chooseLens } from './lens.ts';
import { lookForCommand } from './look-for-command.ts';

const { camera: cameraOption } = joinOptions;
/** A camera must not be on for ever because nobody came with a code. */
const maxLookMs = 120_000;

/**
 * Reads the code, and where the receiver is, from the QR code before a camera. An option that was
 * typed is used in place of the scanned one.
 * @returns undefined when `signal` aborts
 * @throws CodedError BAD_OPTION, SOURCE_FAILED, ADDON_MISSING, ADDON_UNUSABLE
 */
export async function scanOptions(
  raw: RawOptions,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<RawOptions | undefined> {
  const { camera: typed } = readOptions({ camera: cameraOption }, raw);
  const cv = loadOpenCv();
  const { name, source } = await chooseLens(typed === cameraOption.alone ? undefined : typed, signal);
  const timeout = AbortSignal.timeout(maxLookMs);
  const { frames } = await source.open(terminal, AbortSignal.any([signal, timeout]));
  const endMs = performance.now() + maxLookMs;
  let looks = 0;
  terminal.info(`looking for the QR code of image-receiver invite with ${name}, for ${formatRest(maxLookMs)} minutes`);
  terminal.startLive(() => [`${looks} pictures looked at, ${formatRest(endMs - performance.now())} left`]);
  try {
    const found = await lookForCommand(frames, {
      async readCode({ jpeg }) {
        const mat = await decodeJpeg(cv, jpeg, cv.IMREAD_GRAYSCALE).catch(() => undefined);
        // A damaged picture shows nothing; the next may be whole.
        if (mat === undefined) return undefined;
        const picture = { width: mat.cols, height: mat.rows, pixels: mat.getData() };
        mat.release();
        return readQrCode(picture);
      },
      log: terminal,
      onLook: () => looks++,
    });
    if (found !== undefined) {
      terminal.info(`read the QR code of the receiver at ${found['host'] ?? 'an address that is to be found'}`);
      const others = Object.entries(raw).filter(([, value]) => value !== undefined);
      return { ...found, ...Object.fromEntries(others), camera: undefined };
    }
  } finally {
    terminal.stopLive();
  }
  if (signal.aborted) return undefined;
  const advice = 'Hold it closer, in more light, without reflections; image-sender join CODE needs no camera';
  const limit = `no QR code of image-receiver was seen within ${formatRest(maxLookMs)} minutes, in ${looks} pictures`;
  throw new CodedError('SOURCE_FAILED', `Cannot join as ${limit}. ${advice}`);
}

/** `1:05` */
function formatRest(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
