import { pictures, smallOnly, withLarge, withoutLarge } from './pictures.ts';

/** One way from our sender to our receiver. In options `@` stands for the folder of the run. */
export interface Way {
  readonly name: string;
  readonly sender: readonly string[];
  readonly receiver: readonly string[];
  readonly pictures: readonly Uint8Array[];
  /** Those of the pictures that the receiver takes. */
  readonly arriving: readonly Uint8Array[];
  readonly hasEvery: boolean;
  /** Whether the receiver answers for each frame. */
  readonly hasAnswers: boolean;
  /** TLS: no two streams are alike, and none can be sent again. */
  readonly isEncrypted: boolean;
  /** The connection is cut before the picture of that index. */
  readonly cutBefore: number | undefined;
  /** The sender's exit code. */
  readonly ending: number;
}

const plain: Omit<Way, 'name'> = {
  sender: [],
  receiver: [],
  pictures,
  arriving: pictures,
  hasEvery: false,
  hasAnswers: true,
  isEncrypted: false,
  cutBefore: undefined,
  ending: 0,
};

const wire2 = ['--wire', '2'];
const token = ['--token-file', '@token'];
const otherToken = ['--token-file', '@other-token'];
const withoutTls = ['--token-without-tls'];

export const ways: readonly Way[] = [
  { ...plain, name: 'classic', sender: ['--wire', 'classic'], hasAnswers: false },
  { ...plain, name: 'classic-every', sender: ['--wire', 'classic'], hasAnswers: false, hasEvery: true },
  { ...plain, name: 'auto' },
  { ...plain, name: 'auto-every', hasEvery: true },
  { ...plain, name: 'auto-every-cut', hasEvery: true, cutBefore: 4 },
  { ...plain, name: 'auto-skip', receiver: smallOnly, pictures: withLarge, arriving: withoutLarge },
  { ...plain, name: 'wire2', sender: wire2 },
  { ...plain, name: 'wire2-every', sender: wire2, hasEvery: true },
  { ...plain, name: 'wire2-every-cut', sender: wire2, hasEvery: true, cutBefore: 4 },
  {
    ...{ ...plain, name: 'wire2-skip', sender: wire2, receiver: smallOnly },
    ...{ pictures: withLarge, arriving: withoutLarge },
  },
  { ...plain, name: 'token', sender: [...token, ...withoutTls], receiver: token },
  {
    ...{ ...plain, name: 'wrong-token', sender: [...otherToken, ...withoutTls, '--retries', '1'], receiver: token },
    ...{ pictures: pictures.slice(0, 1), arriving: [], hasAnswers: false, ending: 4 },
  },
  { ...plain, name: 'tls', receiver: ['--tls'], isEncrypted: true },
  { ...plain, name: 'tls-token', sender: token, receiver: ['--tls', ...token], isEncrypted: true },
];
