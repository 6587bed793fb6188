import { setTimeout as sleep } from 'node:timers/promises';

/** Resolves when `check` no longer throws; throws what it throws after five seconds. */
export async function eventually(check: () => unknown): Promise<void> {
  const deadline = performance.now() + 5_000;
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
