import { setText } from './set-text.js';

const find = (name) => document.getElementById(`forget${name}`);

/** Asks whether a camera that is away is to be forgotten, and has the receiver forget it. */
export class Forget {
  #dialog = find('');
  #key;
  #onLoginRequired;

  /** @param onLoginRequired is called when the session is over */
  constructor(onLoginRequired) {
    this.#onLoginRequired = onLoginRequired;
    find('-cancel').addEventListener('click', () => this.#dialog.close());
    find('-confirm').addEventListener('click', () => void this.#forget());
  }

  /** @param report as in /api/cameras */
  ask({ key, name, expected }) {
    this.#key = key;
    setText(find('-title'), `Forget ${name}?`);
    const rest = expected ? 'It stays in the list, as it is expected' : 'It comes back when it sends again';
    setText(
      find('-text'),
      `Another camera may have its name from now on. ${rest}. If it has joined, it needs another invitation. Its recordings stay.`,
    );
    setText(find('-error'), '');
    this.#dialog.showModal();
  }

  async #forget() {
    try {
      const options = { method: 'POST', headers: { 'x-requested-with': 'page' } };
      const response = await fetch(`/api/forget/${encodeURIComponent(this.#key)}`, options);
      if (response.status === 401) this.#onLoginRequired();
      // Another viewer has had it forgotten.
      if (response.ok || response.status === 404) this.#leave();
      else setText(find('-error'), await response.text());
    } catch {
      setText(find('-error'), 'The receiver does not answer.');
    }
  }

  /** The button that opened the dialog goes with its tile. */
  #leave() {
    this.#dialog.close();
    document.getElementById('live').focus();
  }
}
