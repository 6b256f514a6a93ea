import { CodedError } from '../../../../errors.ts';
import type { RawOptions } from '../../../../options/option.ts';
import { readOptions } from '../../../../options/read-options.ts';
import { readJoinCommand } from '../../../../protocol/join/join-command.ts';
import { replaceUnprintable } from '../../../../protocol/unprintable.ts';
import type { Log } from '../../../../system/log.ts';
import { joinOptions } from '../command.ts';

/** Codes of others that are reported: more would fill the log while one searches. */
const maxReported = 3;
const maxShownLength = 60;

export interface LookParts<Picture> {
  /** The text of the QR code in a picture; undefined: it has none. */
  readonly readCode: (picture: Picture) => Promise<string | undefined>;
  readonly log: Log;
  /** Called after each picture. */
  readonly onLook: () => void;
}

/**
 * Looks at pictures until one shows the QR code of an invitation. Anyone may hold any code before
 * the lens: its code, hosts and port are taken alone, where the options of `join` would take them.
 * @returns them as options; undefined when the pictures end
 */
export async function lookForCommand<Picture>(
  pictures: AsyncIterable<Picture>,
  { readCode, log, onLook }: LookParts<Picture>,
): Promise<RawOptions | undefined> {
  const others = new Set<string>();
  for await (const picture of pictures) {
    const text = await readCode(picture);
    onLook();
    if (text === undefined) continue;
    const found = readScanned(text);
    if (typeof found !== 'string') return found;
    if (others.has(found) || others.size >= maxReported) continue;
    others.add(found);
    log.warn(found);
  }
  return undefined;
}

/** The options; or why there are none, for a person. */
function readScanned(text: string): RawOptions | string {
  const found = readJoinCommand(text);
  const shown = replaceUnprintable(text.length > maxShownLength ? `${text.slice(0, maxShownLength)}...` : text);
  if (found === undefined) return `saw a QR code that is none of image-receiver: ${shown}`;
  try {
    readOptions(joinOptions, { ...found });
    return { ...found };
  } catch (error) {
    if (error instanceof CodedError) return `saw a QR code that cannot be used: ${replaceUnprintable(error.message)}`;
    throw error;
  }
}
