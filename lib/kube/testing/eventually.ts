import { setTimeout as sleep } from 'node:timers/promises';

/** Resolves when `check` no longer throws; throws what it throws after half a minute, or the ms told. */
export async function eventually(check: () => unknown, ms = 30_000): Promise<void> {
  const deadline = performance.now() + ms;
  for (;;) {
    try {
      await check();
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
    await sleep(5);
  }
}
