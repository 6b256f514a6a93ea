import { CodedError } from '../errors.ts';

/**
 * Another program answers than the one that this sender is set for. The message says what it is,
 * and what to do.
 */
export class MismatchError extends CodedError {
  constructor(message: string) {
    super('CONNECT_FAILED', message);
    this.name = 'MismatchError';
  }
}
