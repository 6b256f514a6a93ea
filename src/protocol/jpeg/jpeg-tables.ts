/**
 * A DHT segment with the Huffman tables that decoders use for a JPEG without any: DC and AC, for
 * luminance and chrominance.
 *
 * ITU-T T.81, tables K.3, K.4, K.5 and K.6.
 */
const standardTables = readHex(`
  ffc401a2
  00 00010501010101010100000000000000 000102030405060708090a0b
  01 00030101010101010101010000000000 000102030405060708090a0b
  10 0002010303020403050504040000017d
  01020300041105122131410613516107227114328191a1082342b1c11552d1f02433627282090a161718191a25262728292a3435363738393a434445464748
  494a535455565758595a636465666768696a737475767778797a838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3
  c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8f9fa
  11 00020102040403040705040400010277
  000102031104052131061241510761711322328108144291a1b1c109233352f0156272d10a162434e125f11718191a262728292a35363738393a4344454647
  48494a535455565758595a636465666768696a737475767778797a82838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9ba
  c2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae2e3e4e5e6e7e8e9eaf2f3f4f5f6f7f8f9fa
`);

/** A JPEG without tables becomes so much longer. */
export const standardTablesBytes = standardTables.length;

/**
 * A copy of a JPEG without Huffman tables, with the standard tables before its first scan: browsers
 * and other programs need them.
 */
export function insertStandardTables(jpeg: Uint8Array, scanAt: number): Uint8Array {
  const whole = new Uint8Array(jpeg.length + standardTables.length);
  whole.set(jpeg.subarray(0, scanAt));
  whole.set(standardTables, scanAt);
  whole.set(jpeg.subarray(scanAt), scanAt + standardTables.length);
  return whole;
}

function readHex(text: string): Uint8Array {
  const digits = text.replaceAll(/\s/g, '');
  return Uint8Array.from({ length: digits.length / 2 }, (_, i) => Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16));
}
