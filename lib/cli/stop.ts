import process from 'node:process';

import type { Io } from './io.ts';

/**
 * Resolves when the command is told to stop: by a signal of the system, or by the caller's. Repeated signals change nothing:
 * whoever signals a whole group reaches a command twice, and what is left to do is bounded.
 */
export function whenStopped(io: Io): Promise<void> {
  const { signal } = io;
  return new Promise((resolve) => {
    const stop = (): void => {
      signal?.removeEventListener('abort', stop);
      clearInterval(alive);
      resolve();
    };
    // Signal handlers alone keep no process alive.
    const alive = setInterval(() => {}, 60_000);
    process.on('SIGINT', stop);
    process.on('SIGTERM', stop);
    if (signal?.aborted === true) stop();
    else signal?.addEventListener('abort', stop);
  });
}
