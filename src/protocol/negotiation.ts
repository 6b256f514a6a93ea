import type { Delivery } from './frame.ts';

/**
 * The wire that a sender may use. `auto`: the classic wire with marks, until the receiver shows
 * that it uses wire 2.
 */
export type WireOption = 'auto' | 'classic' | '2';

/** The wire of a frame. `marked`: classic, with a mark that a receiver of wire 2 answers. */
export type FrameWire = 'classic' | 'marked' | '2';

/** The wire that a receiver has shown to speak, over this connection or an earlier one. */
export type Receiver = 'unknown' | 'classic' | 'wire 2';

/**
 * How far the present connection has come.
 *
 * `closed`: there is none. `classic`: only the classic wire is allowed. `marked`: frames bear
 * marks, which the receiver may still answer. `late`: it has not answered within a second of the
 * first mark. `unanswered`: nor within the idle time-out. `introduced`: the sender has begun with
 * wire 2. `greeted`: the receiver has greeted, and acknowledges frames.
 */
export type Phase = 'closed' | 'classic' | 'marked' | 'late' | 'unanswered' | 'introduced' | 'greeted';

/**
 * The state of the agreement between a sender and a receiver, over all connections between them.
 */
export interface Negotiation {
  readonly asked: WireOption;
  readonly delivery: Delivery;
  /** The next connection begins with this wire. */
  readonly first: FrameWire;
  readonly receiver: Receiver;
  /** The receiver had shown this when the present connection was made. */
  readonly known: Receiver;
  readonly phase: Phase;
  /** The bytes that came over the present connection, or over the last one while there is none. */
  readonly heard: 'nothing' | 'ours' | 'foreign';
  /** The receiver takes no classic frames: the next connection begins with wire 2. */
  readonly isSwitching: boolean;
  /**
   * No bytes came over the last connection. A write that fails drops bytes of the other end that
   * are not read yet, so that the next connection waits for them.
   */
  readonly isCareful: boolean;
}

export type NegotiationEvent =
  | 'connected'
  /** The answer to the first mark takes longer than it mostly does. */
  | 'answer late'
  /** The idle time-out has passed since the first mark. */
  | 'no answer'
  /** The first bytes are those of a receiver of ours. */
  | 'heard ours'
  /** Bytes came that no receiver of ours sends. */
  | 'heard foreign'
  /** WELC came. */
  | 'greeted'
  /** The receiver acknowledges a frame that was sent. */
  | 'acknowledged'
  /** The receiver rejects the connection, as it takes no classic frames. */
  | 'classic rejected'
  | 'sent'
  /** A frame went out, and more bytes are in flight than the kernels of both ends hold. */
  | 'sent beyond buffers'
  | 'closed';

/** Before the first connection. */
export function beginNegotiation(asked: WireOption, delivery: Delivery): Negotiation {
  const receiver = asked === 'classic' ? 'classic' : 'unknown';
  return {
    asked,
    delivery,
    first: asked === 'auto' ? 'marked' : asked,
    receiver,
    known: receiver,
    phase: 'closed',
    heard: 'nothing',
    isSwitching: false,
    isCareful: false,
  };
}

const firstPhase = { classic: 'classic', marked: 'marked', '2': 'introduced' } as const;

/** The state after that event: the same object where the event changes nothing. */
export function negotiate(state: Negotiation, event: NegotiationEvent): Negotiation {
  return transitions[event](state);
}

const transitions: Readonly<Record<NegotiationEvent, (state: Negotiation) => Negotiation>> = {
  connected: (state) => {
    return { ...state, phase: firstPhase[state.first], known: state.receiver, heard: 'nothing', isSwitching: false };
  },
  'answer late': (state) => (state.phase === 'marked' ? { ...state, phase: 'late' } : state),
  'no answer': (state) => (isAwaitingAnswer(state) ? { ...state, phase: 'unanswered' } : state),
  'heard ours': (state) => (state.heard === 'nothing' ? { ...state, heard: 'ours' } : state),
  'heard foreign': (state) => (state.heard === 'foreign' ? state : { ...state, heard: 'foreign' }),
  greeted: (state) => (canBeGreeted(state) ? { ...state, phase: 'greeted' } : state),
  acknowledged: (state) => (state.receiver === 'wire 2' ? state : { ...state, receiver: 'wire 2' }),
  'classic rejected': (state) => (state.first === 'marked' ? { ...state, first: '2', isSwitching: true } : state),
  sent: (state) => (provesClassic(state, false) ? { ...state, receiver: 'classic' } : state),
  'sent beyond buffers': (state) => (provesClassic(state, true) ? { ...state, receiver: 'classic' } : state),
  closed: (state) => (state.phase === 'closed' ? state : close(state)),
};

function canBeGreeted({ phase }: Negotiation): boolean {
  return phase !== 'closed' && phase !== 'classic' && phase !== 'greeted';
}

function isAwaitingAnswer({ phase }: Negotiation): boolean {
  return phase === 'marked' || phase === 'late';
}

/**
 * Silence alone proves nothing: a receiver may be frozen. Only a program that reads takes more than
 * the buffers hold.
 */
function provesClassic({ phase, receiver, delivery }: Negotiation, isBeyondBuffers: boolean): boolean {
  return phase === 'unanswered' && receiver === 'unknown' && (delivery === 'latest' || isBeyondBuffers);
}

function close(state: Negotiation): Negotiation {
  const { asked, delivery, phase, heard, isSwitching } = state;
  // Another receiver may be there by now that takes only classic frames.
  const isFresh = asked === 'auto' && !isSwitching && phase !== 'greeted';
  // With `every` a receiver that has acknowledged once is never taken for a classic one: it may be
  // frozen, and comes back.
  const isForgotten = (phase === 'unanswered' && delivery === 'latest') || (isFresh && phase === 'introduced');
  return {
    ...state,
    first: isFresh ? 'marked' : state.first,
    receiver: isForgotten ? 'unknown' : state.receiver,
    phase: 'closed',
    isCareful: heard === 'nothing',
  };
}

/** The wire of the next frame. */
export function frameWire({ asked, delivery, phase, known }: Negotiation): FrameWire {
  if (isWire2(phase)) return '2';
  // With `every` each frame bears its mark until it is certain that the receiver is a classic one:
  // some may have to go out again.
  const isUncertain = delivery === 'every' && known === 'unknown';
  return asked === 'classic' || (phase === 'unanswered' && !isUncertain) ? 'classic' : 'marked';
}

function isWire2(phase: Phase): boolean {
  return phase === 'introduced' || phase === 'greeted';
}

/**
 * Whether frames that go out are acknowledged. `certain`: they are. `expected`: they may be, and no
 * more goes out than may wait. `doubtful`: they may be, but nobody waits for it any more. `none`:
 * they are not.
 */
export type Acknowledging = 'certain' | 'expected' | 'doubtful' | 'none';

export function acknowledging({ receiver, delivery, phase }: Negotiation): Acknowledging {
  if (isWire2(phase) || receiver === 'wire 2') return 'certain';
  if (receiver === 'classic') return 'none';
  const isPatient = delivery === 'every' ? phase !== 'unanswered' : phase === 'marked';
  return isPatient ? 'expected' : 'doubtful';
}

/**
 * Frames that may be in flight before a receiver that may be ours has answered: it keeps them until
 * it knows the name of the sender. With `every` these are as many as a source at its own pace makes
 * while the sender waits for a classic receiver, and as older receivers keep.
 */
const maxUnanswered = { latest: 2, every: 16 } as const;
const maxUnansweredBytes = 2 ** 18;

/**
 * Whether the first answer has to come before another frame goes out.
 * @param bytes of the JPEGs of the frames that are kept
 */
export function mustAwaitAnswer(state: Negotiation, inFlight: number, bytes: number): boolean {
  if (state.receiver === 'classic' || frameWire(state) !== 'marked') return false;
  if (state.receiver === 'unknown' && state.phase !== 'marked') return false;
  const max = state.isCareful ? 1 : maxUnanswered[state.delivery];
  return inFlight >= max || (inFlight > 1 && bytes >= maxUnansweredBytes);
}
