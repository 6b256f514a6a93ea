import { CodedError, type ErrorCode } from '../errors.ts';

/** The other end sent bytes that are no valid stream. It costs that connection, and nothing else. */
export class ProtocolError extends CodedError {
  constructor(code: ErrorCode, message: string) {
    super(code, message);
    this.name = 'ProtocolError';
  }
}
