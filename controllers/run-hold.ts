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
}

/**
 * A replica that begins to lead has not heard of all proxies yet, and would say of Gateways that run that they do not. What
 * would take back `Programmed` only since proxies are yet to answer is held until they had time to.
 */
export class StatusHold {
  readonly #options: StatusHoldOptions;
  readonly #held = new Map<string, StatusResult>();
  #holding = true;

  constructor(options: StatusHoldOptions) {
    this.#options = options;
  }

  /** What may be said now. */
  filter(changes: readonly StatusChange[]): readonly StatusChange[] {
    if (!this.#holding) return changes;
    return changes.map((change) => {
      const { key, after } = change;
      if (after === undefined || !this.#takesBack(key, after)) {
        this.#held.delete(key);
        return change;
      }
      this.#held.set(key, after);
      return { key, after: undefined };
    });
  }

  hold(): void {
    this.#holding = true;
  }

  /** Proxies have had their time: answers what was held. */
  release(): readonly StatusChange[] {
    this.#holding = false;
    const held = Array.from(this.#held, ([key, after]) => ({ key, after }));
    this.#held.clear();
    return held;
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
