/**
 * Gives memory back now; whoever still looks at it finds it empty.
 *
 * Left to the garbage collector it costs much of a core at a gigabyte a second: memory outside of the heap makes it collect all of the
 * heap, every 64 MB.
 */
export function free(buffer: ArrayBufferLike): void {
  if (buffer instanceof ArrayBuffer) buffer.transfer(0);
}
