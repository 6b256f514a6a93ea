import type { QrCode } from './qr-code.ts';

/**
 * Black and white of the 256 colours, which no theme of a terminal changes: a code whose colours are
 * the wrong way round is not read by all phones.
 */
const [upper, lower] = [
  { dark: '\u001b[38;5;16m', light: '\u001b[38;5;231m' },
  { dark: '\u001b[48;5;16m', light: '\u001b[48;5;231m' },
];
const reset = '\u001b[0m';
const upperHalfBlock = '\u2580';

/** Lines for a terminal. A character holds two modules, one above the other. */
export function drawInTerminal(code: QrCode): string[] {
  const lines: string[] = [];
  for (let y = 0; y < code.length; y += 2) {
    const below = code[y + 1] ?? [];
    lines.push(`${(code[y] ?? []).map((isDark, x) => drawPair(isDark, below[x] ?? false)).join('')}${reset}`);
  }
  return lines;
}

function drawPair(isDark: boolean, isDarkBelow: boolean): string {
  return `${upper[isDark ? 'dark' : 'light']}${lower[isDarkBelow ? 'dark' : 'light']}${upperHalfBlock}`;
}
