/** Logs what users should mend, once when it arises. */

import { kindAndKey } from '../lib/api/mod.ts';
import type { Change } from '../lib/graph/mod.ts';
import type { Logger } from '../lib/telemetry/log.ts';
import type { DiagnosticSet } from './flow.ts';
import type { Wanted } from './run-locate.ts';

/** What is wrong with something that is not in the graph, such as a file or an object that cannot be decoded. */
export interface OutsideProblem {
  /** Where it is, for people. */
  readonly at: string;
  readonly object?: string | undefined;
  readonly message: string;
  /** Equal for what is the same problem, though it may have moved. */
  readonly id: string;
}

export class ProblemReporter {
  readonly #log: Logger;
  #known: ReadonlySet<string> = new Set();

  constructor(log: Logger) {
    this.#log = log;
  }

  /** All that there are now. */
  outside(problems: readonly OutsideProblem[]): void {
    const now = new Set<string>();
    for (const { at, object, message, id } of problems) {
      now.add(id);
      if (!this.#known.has(id)) this.#log.warn({ at, object }, message);
    }
    this.#known = now;
  }

  /** `locate` says where a field is written, for people. */
  diagnostics(
    changes: readonly Change<DiagnosticSet>[],
    locate: (wanted: Wanted) => string | undefined = () => undefined,
  ): void {
    for (const { key, before, after } of changes) {
      const known = new Set(before?.diagnostics.map(({ message }) => message));
      for (const { severity, field, message, fix } of after?.diagnostics ?? []) {
        if (known.has(message)) continue;
        this.#log[severity === 'error' ? 'error' : severity === 'warning' ? 'warn' : 'info']({
          at: locate({ ...kindAndKey(key), field }),
          object: key,
          field,
          fix,
        }, message);
      }
    }
  }
}
