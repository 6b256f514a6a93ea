import type { Socket } from 'node:net';

/** The longest request or answer: a hundred cameras need a tenth of it. */
export const maxLineBytes = 1_000_000;

/** The first line that comes. @throws Error where it is too long, or the connection ends before */
export function readLine(socket: Socket, maxBytes: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    socket.setEncoding('utf8');
    socket.on('data', (part: string) => {
      text += part;
      const end = text.indexOf('\n');
      if (end >= 0) resolve(text.slice(0, end));
      else if (text.length > maxBytes) reject(new Error(`a line must have at most ${maxBytes} characters`));
    });
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('the connection ended')));
    socket.once('end', () => reject(new Error('the connection ended')));
  });
}
