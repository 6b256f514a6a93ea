import { CodedError, type ErrorCode } from '../errors.ts';

/** Every exit code, with what it means. A test holds the table in README.md to it. */
export const exitCodes = {
  0: 'done; also after a signal, and when the next program in the pipe has ended',
  1: 'a fault of the program itself',
  2: 'usage: an option, its value or the configuration file is wrong',
  3: 'source failed: the camera or the file could not be opened or gave no picture',
  4: 'gave up on the receiver or the NATS server: it is not there, rejects the sender, is not the right one, or did not confirm all frames',
  5: 'cannot listen on that host and port',
  6: 'cannot write to that folder or to standard output',
  7: 'OpenCV is needed and its addon is missing or unusable',
  8: 'cannot open a window',
  9: 'a TLS certificate or key could not be made, read or used',
} as const;

export type ExitCode = keyof typeof exitCodes;

const exitCodeOf: Partial<Record<ErrorCode, ExitCode>> = {
  BAD_OPTION: 2,
  SOURCE_FAILED: 3,
  OPENCV_FAILED: 3,
  CONNECT_FAILED: 4,
  SEVERAL_FOUND: 4,
  REJECTED: 4,
  UNTRUSTED: 4,
  STREAM_UNUSABLE: 4,
  PUBLISH_FAILED: 4,
  FRAME_TOO_LONG: 4,
  NOT_DELIVERED: 4,
  LISTEN_FAILED: 5,
  OUTPUT_FAILED: 6,
  ADDON_MISSING: 7,
  ADDON_UNUSABLE: 7,
  WINDOW_FAILED: 8,
  TLS_UNUSABLE: 9,
};

/** How a program that failed with that error ends. */
export function findExitCode(error: unknown): ExitCode {
  return (error instanceof CodedError && exitCodeOf[error.code]) || 1;
}
