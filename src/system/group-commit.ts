/**
 * Does one commit for all callers that ask for one while another runs, as databases do with
 * their logs (group commit).
 */
export class GroupCommit {
  readonly #commit: () => Promise<void>;
  #running: Promise<unknown> = Promise.resolve();
  #next: Promise<void> | undefined;

  constructor(commit: () => Promise<void>) {
    this.#commit = commit;
  }

  /** Resolves when a commit is done that began after this call. @throws the error of the commit */
  request(): Promise<void> {
    if (this.#next === undefined) {
      const begin = () => {
        this.#next = undefined;
        return this.#commit();
      };
      this.#next = this.#running.then(begin, begin);
      this.#running = this.#next;
    }
    return this.#next;
  }
}
