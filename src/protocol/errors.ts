import { CodedError, type ErrorCode } from '../errors.ts';

/** The other end sent bytes that are no valid stream. It costs that connection, and nothing else. */
export class ProtocolError extends CodedError {
  constructor(code: ErrorCode, message: string) {
    super(code, message);
    this.name = 'ProtocolError';
  }
}

/** The same error, where it is one of the stream. @throws any other, as that is a fault of the program */
export function asProtocolError(error: unknown): ProtocolError {
  if (error instanceof ProtocolError) return error;
  throw error;
}

/** A picture is rejected with one of these; the frames after it may be good. */
export const pictureCodes: readonly ErrorCode[] = ['FRAME_TOO_LONG', 'PICTURE_TOO_LARGE', 'NOT_JPEG'];
