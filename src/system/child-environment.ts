import type process from 'node:process';

/** For this program alone: variables of systemd, and its options, which may hold a password. */
const ownVariables = /^(?:NOTIFY_SOCKET|WATCHDOG_USEC|WATCHDOG_PID|IMAGE_(?:SENDER|RECEIVER)_.*)$/;

/** The environment for a program that this one runs: without the variables for this one alone. */
export function forChild(environment: typeof process.env): typeof process.env {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !ownVariables.test(name)));
}
