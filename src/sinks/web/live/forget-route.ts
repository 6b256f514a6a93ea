import type { CameraRegistry } from '../../../frames/camera-registry.ts';
import type { CameraForgetter } from '../../../frames/forget-camera.ts';
import type { AccessControl } from '../access/access-control.ts';
import { checkChange } from '../access/check-change.ts';
import type { Router } from '../http/router.ts';

interface ForgetParts {
  readonly access: AccessControl;
  readonly cameras: CameraRegistry;
  readonly forgetter: CameraForgetter;
}

/** Adds the address that has a camera forgotten. */
export function addForgetRoute(router: Router, { access, cameras, forgetter }: ForgetParts): void {
  router.post('/api/forget/', async (exchange, key) => {
    if (!checkChange(exchange, access)) return;
    const status = cameras.find(key) === undefined ? 404 : 409;
    const objection = await forgetter.forget(key);
    if (objection === undefined) exchange.sendText(200, 'forgotten');
    else exchange.sendText(status, objection);
  });
}
