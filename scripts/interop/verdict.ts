/** What was found of one way. */
export interface Verdict {
  /** A line each; none where all is well. */
  readonly problems: readonly string[];
  /** What was seen where all is well. */
  readonly good: string;
}

/** Which build is at which end; the others are compared with the first. */
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
