import type { GatewayStatus } from '../lib/api/mod.ts';
import type { StatusResult } from './flow.ts';

/** A change of what an object's status should be; without `after` nothing is to be said of it. */
export interface StatusChange {
  readonly key: string;
  readonly after: StatusResult | undefined;
}

/** Kinds whose status says whether proxies run what they ask for. */
const PROGRAMMED = /^(Gateway|ListenerSet)\//;

export interface StatusHoldOptions {
  /** JSON of an object's status in the cluster; `''` for none. */
  readonly observed: (key: string) => string;
  /** How long proxies have to answer, ms. */
  readonly holdMs: number;
  /** ms on any clock that is not set back; the machine's unless given. */
  readonly now?: () => number;
}

interface Held {
  readonly after: StatusResult;
  readonly until: number;
}

/**
 * Proxies that start anew, or go from one replica to another, are back soon, and a change is taken over soon. What would take
 * back `Programmed` only since proxies are yet to answer is held until they had time to. So it is for a replica that begins to
 * lead, which has not heard of all proxies yet.
 */
export class StatusHold {
  readonly #options: StatusHoldOptions;
  readonly #held = new Map<string, Held>();
  /** Of which all is said until proxies have answered. */
  readonly #overdue = new Set<string>();

  constructor(options: StatusHoldOptions) {
    this.#options = options;
  }

  /** How long to wait until something is due, ms; undefined if nothing is held. */
  get wait(): number | undefined {
    if (this.#held.size === 0) return undefined;
    const next = Math.min(...Array.from(this.#held.values(), ({ until }) => until));
    return Math.max(0, next - this.#now());
  }

  /** What may be said now. */
  filter(changes: readonly StatusChange[]): readonly StatusChange[] {
    return changes.map((change) => {
      const { key, after } = change;
      if (after === undefined || !this.#takesBack(key, after)) {
        this.#held.delete(key);
        this.#overdue.delete(key);
        return change;
      }
      if (this.#overdue.has(key)) return change;
      this.#held.set(key, { after, until: this.#held.get(key)?.until ?? this.#limit() });
      return { key, after: undefined };
    });
  }

  /** Proxies get their time anew. */
  begin(): void {
    const until = this.#limit();
    for (const [key, { after }] of this.#held) this.#held.set(key, { after, until });
  }

  /** What was held for as long as proxies had. */
  due(): readonly StatusChange[] {
    const now = this.#now();
    const due = Array.from(this.#held).filter(([, { until }]) => until <= now);
    for (const [key] of due) {
      this.#held.delete(key);
      this.#overdue.add(key);
    }
    return due.map(([key, { after }]) => ({ key, after }));
  }

  #now(): number {
    return this.#options.now?.() ?? performance.now();
  }

  #limit(): number {
    return this.#now() + this.#options.holdMs;
  }

  #takesBack(key: string, { status }: StatusResult): boolean {
    if (!PROGRAMMED.test(key)) return false;
    const after = programmed(status as ProgrammedStatus);
    const observed = this.#options.observed(key);
    if (observed === '') return false;
    const before = programmed(JSON.parse(observed) as ProgrammedStatus);
    return Array.from(after).some(([part, { status, reason }]) =>
      status !== 'True' && reason === 'Pending' && before.get(part)?.status === 'True'
    );
  }
}

type ProgrammedStatus = Pick<GatewayStatus, 'conditions' | 'listeners'>;
type Programmed = Pick<NonNullable<GatewayStatus['conditions']>[number], 'status' | 'reason'>;

/** By listener, and `''` for the whole. */
function programmed({ conditions = [], listeners = [] }: ProgrammedStatus): ReadonlyMap<string, Programmed> {
  const found = new Map<string, Programmed>();
  for (
    const [part, list] of [
      ['', conditions] as const,
      ...listeners.map((each) => [each.name, each.conditions] as const),
    ]
  ) {
    const condition = list.find(({ type }) => type === 'Programmed');
    if (condition !== undefined) found.set(part, condition);
  }
  return found;
}
