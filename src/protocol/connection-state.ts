import type { ErrorCode } from '../errors.ts';
import { ProtocolError, pictureCodes } from './errors.ts';
import { checkProtocol, type ProtocolAccess, type ProtocolName } from './protocol-access.ts';
import type { DetectedProtocol } from './protocol-detection.ts';
import type { Message } from './wire2/message.ts';

/**
 * The protocol of a connection to the receiver, as far as its bytes have shown it:
 *
 * - `unknown`: too few bytes to tell, or one of our wires without a whole length field
 * - `classic`: classic frames without a mark, to which nothing may be answered
 * - `marked`: classic frames with a mark, so that the sender reads answers
 * - `greeting`, `upgrading`: the beginning of a HELO or JOIN as the first bytes, or of a HELO behind
 *   classic frames
 * - `wire 2`: its HELO is accepted
 * - `joining`: it asks for a token, and sends no frame
 */
export type ConnectionState =
  | 'unknown'
  | 'jpeg'
  | 'http'
  | 'classic'
  | 'marked'
  | 'greeting'
  | 'upgrading'
  | 'wire 2'
  | 'joining';

/**
 * The next thing that the bytes of a connection show: the protocol of its first bytes, a length
 * field, a whole classic frame without or with a mark, the first byte of a message, or a whole
 * message. A whole message may come without the event of its beginning.
 */
export type ConnectionEvent = DetectedProtocol | 'length field' | 'frame' | 'mark' | 'message' | Message['type'];

type Transitions = Readonly<Partial<Record<ConnectionEvent, ConnectionState>>>;

const classicEvents = { 'length field': 'classic', frame: 'classic', mark: 'marked' } as const;

const transitions: Readonly<Record<ConnectionState, Transitions>> = {
  unknown: {
    wire: 'unknown',
    jpeg: 'jpeg',
    http: 'http',
    ...classicEvents,
    message: 'greeting',
    HELO: 'wire 2',
    JOIN: 'joining',
  },
  jpeg: {},
  http: {},
  classic: { ...classicEvents, message: 'upgrading', HELO: 'wire 2' },
  marked: { 'length field': 'marked', frame: 'marked', mark: 'marked', message: 'upgrading', HELO: 'wire 2' },
  greeting: { message: 'greeting', HELO: 'wire 2', JOIN: 'joining' },
  upgrading: { message: 'upgrading', HELO: 'wire 2' },
  'wire 2': { message: 'wire 2', FRAM: 'wire 2', pong: 'wire 2' },
  joining: { message: 'joining' },
};

/**
 * The name that --accept has to have for a connection in that state. HTTP is checked request by
 * request, as each is answered.
 */
const needed: Readonly<Partial<Record<ConnectionState, ProtocolName>>> = {
  jpeg: 'jpeg',
  classic: 'classic',
  marked: '2',
  greeting: '2',
  upgrading: '2',
  'wire 2': '2',
  joining: '2',
};

/**
 * @throws ProtocolError NOT_ACCEPTED, TOKEN_MISSING, NOT_JPEG, BAD_MESSAGE where the connection may
 * not become that
 */
export function nextState(state: ConnectionState, event: ConnectionEvent, access: ProtocolAccess): ConnectionState {
  // To a receiver of classic frames alone a mark is padding, as it is to the Python scripts.
  const seen = event === 'mark' && !access.accept.includes('2') ? 'frame' : event;
  const next = transitions[state][seen];
  if (next === undefined) throw rejection(state, event);
  const protocol = needed[next];
  if (next !== state && protocol !== undefined) checkProtocol(protocol, access);
  return next;
}

/** Whether the connection has shown that a sender made it, and nothing so far contradicts it. */
export function hasStarted(state: ConnectionState): boolean {
  return state !== 'unknown' && state !== 'greeting';
}

/**
 * Whether the sender reads what is answered. A sender that does not would have its connection
 * reset, and lose what is on its way.
 */
function readsAnswers(state: ConnectionState): boolean {
  return state !== 'unknown' && state !== 'classic' && state !== 'jpeg';
}

/**
 * Even a sender that may not read is told of these: its frames before that are accepted, and there is
 * nothing to lose.
 */
const lastWords: readonly ErrorCode[] = ['TOKEN_MISSING', 'NOT_ACCEPTED', ...pictureCodes];

/** Whether the sender gets an error of that code before its connection ends. */
export function isTold(state: ConnectionState, code: ErrorCode): boolean {
  return readsAnswers(state) || lastWords.includes(code);
}

function rejection(state: ConnectionState, event: ConnectionEvent): ProtocolError {
  if (event === 'h264') {
    const advice = 'with --codec mjpeg rpicam-vid makes them';
    return new ProtocolError('NOT_JPEG', `Cannot accept H.264 as pictures must be JPEGs: ${advice}`);
  }
  if (state === 'joining') return new ProtocolError('BAD_MESSAGE', `Cannot accept a message ${event} behind a JOIN`);
  if (state !== 'wire 2') return new ProtocolError('BAD_MESSAGE', `Cannot accept a message ${event} before a HELO`);
  if (event === 'HELO') return new ProtocolError('BAD_MESSAGE', 'Cannot accept a second HELO');
  return new ProtocolError('BAD_MESSAGE', `Cannot accept a message ${event} from a sender`);
}
