import { setFlagsFromString } from 'node:v8';

// A picture is some hundred bytes in V8's heap and many thousands outside of it, so that the heap hardly fills. The bytes outside are
// looked at every 32 MB or so, and then the whole heap is marked for their sake: at a gigabyte a second that is most of the work.

/** Of the room for young objects, in percent: V8's own is 80. */
const minorTrigger = 10;

/** Has the young part of the heap collected early, which is cheap, and lets go of the pictures that are no longer needed. */
export function collectEarly(): void {
  setFlagsFromString(`--minor-gc-task-trigger=${minorTrigger}`);
}

/** Gives memory back now; whoever still looks at it finds it empty. */
export function free(buffer: ArrayBufferLike): void {
  if (buffer instanceof ArrayBuffer) buffer.transfer(0);
}
