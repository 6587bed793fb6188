import process from 'node:process';

import type { Io } from './io.ts';

/** Keeps the process alive until it is asked to stop, or this is disposed of. */
export interface Stop extends Disposable {
  /** Resolves when a signal of the system, or the caller's, asks the command to stop. */
  readonly asked: Promise<void>;
}

export function listenForStop({ signal }: Io): Stop {
  const { promise, resolve } = Promise.withResolvers<void>();
  const ask = (): void => resolve();
  // Signal handlers alone keep no process alive.
  const alive = setInterval(() => {}, 60_000);
  const dispose = (): void => {
    clearInterval(alive);
    process.off('SIGINT', ask);
    process.off('SIGTERM', ask);
    signal?.removeEventListener('abort', ask);
  };
  process.on('SIGINT', ask);
  process.on('SIGTERM', ask);
  if (signal?.aborted === true) ask();
  else signal?.addEventListener('abort', ask);
  return { asked: promise, [Symbol.dispose]: dispose };
}
