import { setTimeout as sleep } from 'node:timers/promises';
import { handle, type Target } from './handler.ts';
import type { Probe } from './pod.ts';

/** What is known from a row of results: nothing before the threshold is reached. */
export class Verdict {
  readonly #thresholds: { readonly success: number; readonly failure: number };
  #passed: boolean | undefined;
  #last: boolean | undefined;
  #row = 0;

  constructor({ successThreshold = 1, failureThreshold = 3 }: Probe) {
    this.#thresholds = { success: successThreshold, failure: failureThreshold };
  }

  get passed(): boolean | undefined {
    return this.#passed;
  }

  /** Whether the verdict is another one by this result. */
  add(success: boolean): boolean {
    this.#row = this.#last === success ? this.#row + 1 : 1;
    this.#last = success;
    const enough = this.#row >= (success ? this.#thresholds.success : this.#thresholds.failure);
    if (!enough || this.#passed === success) return false;
    this.#passed = success;
    return true;
  }
}

export interface ProbeOptions {
  readonly target: Target;
  /** Told each new verdict, with the last failure's reason. */
  readonly changed: (passed: boolean, reason: string) => void;
}

/** Probes by the probe's own times until the signal ends it. */
export async function probe(
  settings: Probe,
  { target, changed }: ProbeOptions,
  signal: AbortSignal,
): Promise<void> {
  const { initialDelaySeconds = 0, periodSeconds = 10, timeoutSeconds = 1 } = settings;
  const verdict = new Verdict(settings);
  try {
    await sleep(initialDelaySeconds * 1000, undefined, { signal });
    for (;;) {
      const attempt = AbortSignal.any([signal, AbortSignal.timeout(timeoutSeconds * 1000)]);
      const reason = await handle(settings, target, attempt).then(
        () => undefined,
        (error: unknown) => String(error),
      );
      if (signal.aborted) return;
      if (verdict.add(reason === undefined)) changed(reason === undefined, reason ?? '');
      await sleep(periodSeconds * 1000, undefined, { signal });
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
