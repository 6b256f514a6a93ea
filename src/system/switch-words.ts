const on = ['1', 'true', 'yes', 'on'];
const off = ['', '0', 'false', 'no', 'off'];

/** Reads a switch of the environment, such as `1`, `no` or `off`; undefined: it is none. */
export function readSwitch(text: string): boolean | undefined {
  const word = text.trim().toLowerCase();
  if (on.includes(word)) return true;
  return off.includes(word) ? false : undefined;
}
