/**
 * A result that is mostly there at once, and is no promise then: to wait for it anyway would cost
 * each frame a turn of the microtask queue.
 */
export type MaybePromise<T> = T | Promise<T>;

/** A promise is to be waited for, whatever it gives; anything else is not. */
export type Wait = undefined | boolean | Promise<unknown>;

/** Goes on with a result: at once where it is there. */
export function andThen<T, U>(result: MaybePromise<T>, next: (value: T) => MaybePromise<U>): MaybePromise<U> {
  return result instanceof Promise ? result.then(next) : next(result);
}
