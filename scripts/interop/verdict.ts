/** The result of one way. */
export interface Verdict {
  /** A line each; none if all is well. */
  readonly problems: readonly string[];
  /** The result in words if there is no problem. */
  readonly good: string;
}

/** The builds at both ends; the others are compared with the first pair. */
export const crossings = [
  { sender: 'old', receiver: 'old' },
  { sender: 'new', receiver: 'new' },
  { sender: 'old', receiver: 'new' },
  { sender: 'new', receiver: 'old' },
] as const;

export type Crossing = (typeof crossings)[number];

export function nameCrossing({ sender, receiver }: Crossing): string {
  return `${sender} -> ${receiver}`;
}
