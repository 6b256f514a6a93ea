// Second bytes of a JPEG's markers, which all begin with FF (ITU-T T.81, table B.1).

export const startOfImage = 0xd8;
export const endOfImage = 0xd9;
export const startOfScan = 0xda;
export const huffmanTables = 0xc4;

/** FF D8. */
export const soiBytes = 2;

export function beginsWithSoi(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === startOfImage;
}

/** SOF0 to SOF15 without DHT (C4), JPG (C8) and DAC (CC), which share the range. */
export function isFrameHeader(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}

/**
 * The markers that begin a segment of tables or remarks, and EOI and SOS. Decoders do not agree on any other, least of all on the
 * stuffed 00: they would find another frame header than the one that is checked here.
 */
export function isSegment(marker: number): boolean {
  return (
    marker === huffmanTables ||
    marker === 0xcc ||
    (marker >= endOfImage && marker <= 0xdd) ||
    (marker >= 0xe0 && marker <= 0xef) ||
    marker === 0xfe
  );
}

/** TEM and RSTn stand alone, without a length. */
export function isStandalone(marker: number): boolean {
  return marker === 0x01 || isRestart(marker);
}

/** RST0 to RST7, which stand within the data of a scan. */
export function isRestart(marker: number): boolean {
  return (marker & 0xf8) === 0xd0;
}
