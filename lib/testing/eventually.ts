import { setTimeout as sleep } from 'node:timers/promises';

/** What `check` answers once it no longer throws; throws what it throws after half a minute, or the ms told. */
export async function eventually<T>(check: () => T | Promise<T>, ms = 30_000): Promise<T> {
  const deadline = performance.now() + ms;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
    await sleep(5);
  }
}
