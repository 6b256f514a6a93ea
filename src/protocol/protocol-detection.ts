import { startOfImage } from './jpeg/jpeg-markers.ts';

/**
 * The sender speaks one of our wires (or something unknown), JPEGs back to back, HTTP, or a
 * camera's H.264.
 */
export type DetectedProtocol = 'wire' | 'jpeg' | 'http' | 'h264';

/**
 * Recognizes the protocol by the first bytes of a connection; undefined where it takes more of
 * them, at most four.
 */
export function detectProtocol(bytes: Uint8Array): DetectedProtocol | undefined {
  const [first, second] = bytes;
  if (first === undefined) return undefined;
  if (first === 0xff) return second === undefined ? undefined : second === startOfImage ? 'jpeg' : 'wire';
  // The methods of HTTP are capital letters, with which no length field begins.
  if (first >= 0x41 && first <= 0x5a) return 'http';
  if (first !== 0) return 'wire';
  return recognizeH264(bytes);
}

/** The units of H.264 begin with 00 00 01 or 00 00 00 01 (ITU-T H.264, annex B). */
function recognizeH264(bytes: Uint8Array): DetectedProtocol | undefined {
  const at = bytes.findIndex((byte) => byte !== 0);
  if (at < 0) return bytes.length < 4 ? undefined : 'wire';
  return bytes[at] === 1 && (at === 2 || at === 3) ? 'h264' : 'wire';
}
