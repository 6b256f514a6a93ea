import type { CameraRegistry } from '../../../frames/camera-registry.ts';
import type { CameraForgetter } from '../../../frames/forget-camera.ts';
import type { AccessControl } from '../access/access-control.ts';
import type { Router } from '../http/router.ts';

interface ForgetParts {
  readonly access: AccessControl;
  readonly cameras: CameraRegistry;
  readonly forgetter: CameraForgetter;
}

/** Adds the address that has a camera forgotten. */
export function addForgetRoute(router: Router, { access, cameras, forgetter }: ForgetParts): void {
  router.post('/api/forget/', async (exchange, key) => {
    if (!access.mayChange(exchange)) {
      const advice = 'use the page on the machine of the receiver, or set a password (--web-token-file)';
      return access.reject(exchange, 403, `Without a password nobody may do this over the network: ${advice}`);
    }
    // A browser sends no such header for the page of another port without asking here first.
    if (exchange.header('x-requested-with') === undefined) {
      return access.reject(exchange, 403, 'This needs a header X-Requested-With');
    }
    const status = cameras.find(key) === undefined ? 404 : 409;
    const objection = await forgetter.forget(key);
    if (objection === undefined) exchange.sendText(200, 'forgotten');
    else exchange.sendText(status, objection);
  });
}
