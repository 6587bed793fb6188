import type { Batch, Collection, Input } from '../lib/graph/types.ts';
import type { ClusterUse, FleetSecretUse, Patience, Use, Wait } from './flow.ts';
import type { FeedbackInputs } from './inputs.ts';

/** Beyond the time of the last answer, ms: the proxy learns a little later what is used no more. */
const MARGIN = 1_000;

/** Before keys of what is kept, so that it comes after all that is used. */
const MARK = '~';

export interface RetirementReads {
  readonly clusterUses: Collection<ClusterUse>;
  readonly secretUses: Collection<FleetSecretUse>;
  readonly waits: Collection<Wait>;
  readonly patience: Collection<Patience>;
  readonly feedback: Pick<FeedbackInputs, 'retiredClusters' | 'retiredSecrets' | 'retiredWaits'>;
}

/**
 * Keeps what requests may be waiting for, or will need when they have waited. Envoy fails a question that is under way when
 * it loses the cluster that it asks, and so it does a request whose backend's cluster is gone when the answer comes: both
 * after the ACK of what names them no more. So uses that end are inputs again until all answers must have come.
 */
export class Retirement {
  readonly #patience: Collection<Patience>;
  readonly #kept: readonly Kept[];

  /** `onChange` leads to a commit before anything that a proxy answers is read. */
  constructor({ clusterUses, secretUses, waits, patience, feedback }: RetirementReads, onChange: () => void) {
    this.#patience = patience;
    this.#kept = [
      new KeptUses(clusterUses, feedback.retiredClusters, onChange),
      new KeptUses(secretUses, feedback.retiredSecrets, onChange),
      new KeptUses(waits, feedback.retiredWaits, onChange),
    ];
  }

  /** After each commit. */
  changed(batch: Batch): void {
    const before = new Map(batch.changes(this.#patience).map((each) => [each.key, each.before?.patience]));
    const patienceOf = (fleet: string): number | undefined =>
      longest([before.get(fleet), this.#patience.get(fleet)?.patience]);
    for (const kept of this.#kept) kept.changed(batch, patienceOf);
  }

  stop(): void {
    for (const kept of this.#kept) kept.stop();
  }
}

type Kept = Pick<KeptUses<Use>, 'changed' | 'stop'>;

class KeptUses<U extends Use> {
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #uses: Collection<U>;
  readonly #retired: Input<U>;
  readonly #onChange: () => void;

  constructor(uses: Collection<U>, retired: Input<U>, onChange: () => void) {
    this.#uses = uses;
    this.#retired = retired;
    this.#onChange = onChange;
  }

  changed(batch: Batch, patienceOf: (fleet: string) => number | undefined): void {
    for (const { key, before, after } of batch.changes(this.#uses)) {
      if (key.startsWith(MARK)) continue;
      const outside = (fleet: string): boolean => after?.fleets.includes(fleet) !== true;
      const kept = this.#retired.get(MARK + key)?.fleets.filter(outside) ?? [];
      const timeIn = (fleet: string): number | undefined => longest([before?.patience, patienceOf(fleet)]);
      const lost = before?.fleets.filter((fleet) => outside(fleet) && timeIn(fleet) !== undefined) ?? [];
      const time = longest(lost.map(timeIn));
      if (before !== undefined && time !== undefined) {
        this.#keep(key, { ...before, fleets: [...kept, ...lost] }, time);
      } else if (kept.length === 0 && this.#timers.has(key)) this.#end(key);
    }
  }

  stop(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  #keep(key: string, use: U, time: number): void {
    clearTimeout(this.#timers.get(key));
    this.#retired.set({ ...use, key: MARK + key, fleets: [...new Set(use.fleets)].sort() });
    this.#timers.set(key, setTimeout(() => this.#end(key), time + MARGIN));
    this.#onChange();
  }

  #end(key: string): void {
    clearTimeout(this.#timers.get(key));
    this.#timers.delete(key);
    this.#retired.delete(MARK + key);
    this.#onChange();
  }
}

function longest(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}
