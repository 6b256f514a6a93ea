// The second bytes of markers, which all begin with FF (ITU-T T.81, table B.1).

export const startOfImage = 0xd8;
export const endOfImage = 0xd9;
export const startOfScan = 0xda;
export const huffmanTables = 0xc4;

/** Bytes of an SOI: FF D8. */
export const soiBytes = 2;

export function beginsWithSoi(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === startOfImage;
}

/** SOF0 to SOF15 without DHT (C4), JPG (C8) and DAC (CC), which share the range. */
export function isFrameHeader(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}

/**
 * The markers that begin a segment of tables or comments, and EOI and SOS. Decoders disagree on all
 * others, least of all on the stuffed 00: they would find another frame header than the header that
 * is checked here.
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

/** TEM and RSTn have no length and no content. */
export function isStandalone(marker: number): boolean {
  return marker === 0x01 || isRestart(marker);
}

/** RST0 to RST7, which come within the data of a scan. */
export function isRestart(marker: number): boolean {
  return (marker & 0xf8) === 0xd0;
}
