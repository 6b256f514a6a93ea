import { formatPosition } from './format.js';
import { setText } from './set-text.js';

const tickMs = 1000;
const own = { 'x-requested-with': 'page' };

const find = (name) => document.getElementById(`invite${name}`);

/**
 * Invites a camera: asks for its name, shows the line to type there and its QR code, and says when
 * the camera has joined.
 */
export class Invite {
  #dialog = find('');
  #onLoginRequired;
  /** Of the receiver's answer, with the end by the clock of this page; undefined: none is open. */
  #invitation;
  #timer;

  /** @param onLoginRequired is called when the session is over */
  constructor(onLoginRequired) {
    this.#onLoginRequired = onLoginRequired;
    find('-open').addEventListener('click', () => this.#open());
    find('-close').addEventListener('click', () => this.#dialog.close());
    find('-form').addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#invite(find('-name').value);
    });
    this.#dialog.addEventListener('close', () => this.#stop());
  }

  /** Whether the button is there. */
  set isOffered(isOffered) {
    find('-open').hidden = !isOffered;
  }

  #open() {
    this.#show(undefined, '');
    find('-name').value = '';
    this.#dialog.showModal();
  }

  async #invite(name) {
    setText(find('-error'), '');
    try {
      const response = await fetch('/api/invitations', {
        ...{ method: 'POST', headers: own },
        body: new URLSearchParams({ name }),
      });
      if (response.status === 401) return this.#onLoginRequired();
      if (!response.ok) return setText(find('-error'), await response.text());
      const invitation = await response.json();
      if (!this.#dialog.open) return;
      this.#show({ ...invitation, endMs: performance.now() + invitation.seconds * 1000 }, '');
      find('-command').focus();
    } catch {
      setText(find('-error'), 'The receiver does not answer.');
    }
  }

  /** @param invitation undefined: asks for a name */
  #show(invitation, status) {
    this.#stop();
    this.#invitation = invitation;
    find('-form').hidden = invitation !== undefined;
    find('-shown').hidden = invitation === undefined;
    setText(find('-error'), '');
    setText(find('-status'), status);
    if (invitation === undefined) return;
    const { name, command, qr } = invitation;
    setText(find('-camera'), name);
    setText(find('-command'), command);
    find('-code').setAttribute('viewBox', `0 0 ${qr.modules} ${qr.modules}`);
    find('-code').firstElementChild.setAttribute('d', qr.path);
    this.#tick();
    this.#timer = setInterval(() => this.#tick(), tickMs);
  }

  #stop() {
    clearInterval(this.#timer);
    this.#invitation = undefined;
  }

  #tick() {
    const invitation = this.#invitation;
    const restMs = invitation.endMs - performance.now();
    setText(find('-rest'), `${formatPosition(Math.max(0, restMs))} minutes left`);
    void this.#judge(invitation);
  }

  async #judge(invitation) {
    const { number, name } = invitation;
    const response = await fetch(`/api/invitations/${number}`, { headers: own }).catch(() => undefined);
    // While the receiver is away nothing is known.
    if (this.#invitation !== invitation || response === undefined) return;
    if (response.status === 401) this.#onLoginRequired();
    if (!response.ok) return;
    const { state } = await response.json();
    if (this.#invitation !== invitation) return;
    if (state === 'joined') this.#end(`${name} has joined. Start image-sender rpicam there, or image-sender camera.`);
    else if (state === 'over') this.#end('This invitation is over: it was too old, or there is a newer one.');
  }

  #end(status) {
    this.#show(undefined, status);
    find('-close').focus();
  }
}
