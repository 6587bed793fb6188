import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** How long after a large change memory is given back, ms: by then proxies have what they were sent. */
const REST = 1_000;

/** A change of so many resources leaves garbage worth a collection. */
const LARGE = 1_000;

/**
 * Gives back to the system what a large change left behind. V8 keeps a heap that has once been large, and what was read and
 * thrown away while loading is about as much again as what is kept.
 */
export class MemoryRelease {
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `resources`: how many a commit changed. Costs a pause of some 100 ms, once after the last of several large changes. */
  changed(resources: number): void {
    if (resources < LARGE) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(collect, REST);
    this.#timer.unref?.();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}

type Collector = (options: { type: 'major'; flavor: 'last-resort'; execution: 'sync' }) => void;

function collect(): void {
  try {
    setFlagsFromString('--expose-gc');
    const gc = runInNewContext('gc') as Collector | undefined;
    gc?.({ type: 'major', flavor: 'last-resort', execution: 'sync' });
  } catch {
    // A runtime that offers none keeps its heap as it is.
  }
}
