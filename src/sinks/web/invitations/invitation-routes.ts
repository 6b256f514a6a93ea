import { CodedError } from '../../../errors.ts';
import { readDigits } from '../../../protocol/ascii.ts';
import { makeQrCode } from '../../../qr/qr-code.ts';
import { drawSvgPath } from '../../../qr/svg-path.ts';
import type { CameraInviter } from '../../camera-inviter.ts';
import type { AccessControl } from '../access/access-control.ts';
import { checkChange } from '../access/check-change.ts';
import type { Router } from '../http/router.ts';

const maxFormBytes = 4096;

/** Adds the addresses with which the page invites a camera, and sees whether it has joined. */
export function addInvitationRoutes(router: Router, access: AccessControl, inviter: CameraInviter): void {
  router.post('/api/invitations', async (exchange) => {
    if (!checkChange(exchange, access)) return;
    const form = await exchange.readBody(maxFormBytes);
    if (form === undefined) return access.reject(exchange, 413, 'The form is too long, or does not say its length');
    const name = new URLSearchParams(form).get('name') ?? '';
    const answer = await inviter.invite(name).catch((error: unknown) => {
      if (error instanceof CodedError) return error;
      throw error;
    });
    if (answer instanceof CodedError) return exchange.sendText(409, answer.message);
    const { number, name: composed, command, minutes } = answer;
    const code = makeQrCode(command);
    const qr = { modules: code.length, path: drawSvgPath(code) };
    exchange.sendJson(JSON.stringify({ number, name: composed, command, seconds: minutes * 60, qr }));
  });

  router.get('/api/invitations/', (exchange, number) => {
    exchange.sendJson(JSON.stringify({ state: inviter.judge(readDigits(number)) }));
  });
}
