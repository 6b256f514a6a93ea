/** An invitation for a page to show. */
export interface ShownInvitation {
  readonly number: number;
  /** Of the camera. */
  readonly name: string;
  /** The line to type at the camera, which its QR code holds. */
  readonly command: string;
  /** So long it lasts. */
  readonly minutes: number;
}

/** Whether a camera can join with an invitation, has joined with it, or can no more. */
export type InvitationState = 'open' | 'joined' | 'over';

/** Has the receiver let cameras join. */
export interface CameraInviter {
  /** Opens an invitation for the camera of that name. @throws CodedError BAD_OPTION, TLS_UNUSABLE */
  invite(name: string): Promise<ShownInvitation>;
  /** @param number of an invitation */
  judge(number: number): InvitationState;
}
