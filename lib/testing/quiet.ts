import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Resolves when a count stays the same while the event loop goes round again and again. A longer sleep would say less: it
 * may be over before anything else had its turn, on a machine that stood still.
 */
export async function quiet(count: () => number): Promise<void> {
  for (let before = count(), rounds = 0; rounds < 15; rounds++) {
    await sleep(10);
    if (count() === before) continue;
    before = count();
    rounds = -1;
  }
}
