import { counted } from '../system/counted.ts';
/** The frames of a sender that are not known to have arrived. */
export interface Missing {
  /** They never went out. */
  readonly unsent: number;
  /** They went out, and were neither acknowledged nor rejected. */
  readonly uncertain: number;
}

/**
 * For a person; undefined where there are none.
 * @param reason why, where that is known
 */
export function describeMissing({ unsent, uncertain }: Missing, reason?: string): string | undefined {
  if (unsent + uncertain === 0) return undefined;
  const parts = [
    ...(reason === undefined ? [] : [reason]),
    ...(unsent === 0 ? [] : [`${counted(unsent, 'frame was', 'frames were')} not sent`]),
    ...(uncertain === 0 ? [] : [`${counted(uncertain, 'frame', 'frames')} may not have arrived`]),
  ];
  return parts.join('; ');
}
