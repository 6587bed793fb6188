import { setTimeout as sleep } from 'node:timers/promises';
import { Prober, type Target } from '../probe.ts';
import { now } from '../samples.ts';
import { LISTENER_PORT } from './place.ts';

/** Connections, and requests that follow each other on one before the first is answered. */
const CONNECTIONS = 2;
const DEPTH = 32;

export interface Sweep {
  /** When the last target had been answered with 200, as `now()` tells it. */
  readonly at: number;
  /** What else was answered before, by status. */
  readonly failures: Readonly<Record<string, number>>;
}

const TIMEOUT_MS = 60_000;

/** Asks for every target until it is answered with 200. Waits for the listener. Rejects after a minute. */
export async function sweep(targets: readonly Target[]): Promise<Sweep> {
  const deadline = now() + TIMEOUT_MS;
  const failures: Record<string, number> = {};
  let left = targets;
  while (left.length > 0) {
    const parts = await Promise.all(
      Array.from({ length: CONNECTIONS }, (_, part) => {
        const share = left.filter((_, index) => index % CONNECTIONS === part);
        return askOnce(share, failures);
      }),
    );
    left = parts.flat();
    if (left.length > 0 && now() > deadline) throw new Error(`${left.length} routes are not served`);
    if (left.length > 0) await sleep(1);
  }
  return { at: now(), failures };
}

/** The targets that are not answered with 200. */
async function askOnce(targets: readonly Target[], failures: Record<string, number>): Promise<Target[]> {
  const prober = await Prober.open(LISTENER_PORT, { timeoutMs: TIMEOUT_MS });
  try {
    const refused: Target[] = [];
    for (let from = 0; from < targets.length; from += DEPTH) {
      await Promise.all(
        targets.slice(from, from + DEPTH).map(async (target) => {
          const { status } = await prober.get(target);
          if (status === 200) return;
          failures[status] = (failures[status] ?? 0) + 1;
          refused.push(target);
        }),
      );
    }
    return refused;
  } finally {
    prober.close();
  }
}
