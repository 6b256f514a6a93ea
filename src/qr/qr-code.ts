import { encodeQR } from 'qr';

/** A square: rows of modules, with the quiet zone around them. True: dark. */
export type QrCode = readonly (readonly boolean[])[];

/** ISO/IEC 18004, section 9.1. */
const quietModules = 4;

/**
 * The QR code of a text, in the smallest version that holds it. 15 % of it may be unreadable.
 * @param text at most 2331 bytes of UTF-8
 */
export function makeQrCode(text: string): QrCode {
  return encodeQR(text, 'raw', { ecc: 'medium', border: quietModules });
}
