import assert from 'node:assert/strict';
import { Leaves, type WantedLeaf } from '../leaves.ts';
import { LIFETIMES } from '../lifetimes.ts';
import { authorityAfter, issue } from '../perform.ts';
import type { SecretData } from '../secret-data.ts';
import { nextTask, type Task } from '../task.ts';

export const DAY: number = 24 * 60 * 60 * 1_000;

/** When tests begin. */
export const START: number = Date.UTC(2026, 0, 1);

export function proxy(gateway: string): WantedLeaf {
  return { secret: `${gateway}-xds`, identity: { gateway } };
}

export const controller: WantedLeaf = {
  secret: 'dragoman-system/dragoman-xds',
  identity: { controllerIn: 'dragoman-system' },
};

/** Secrets of an installation, and a clock. */
export class Installation {
  now: number = START;
  wanted: readonly WantedLeaf[] = [controller, proxy('shop/web'), proxy('news/web')];
  authority: SecretData | undefined;
  readonly leaves: Map<string, SecretData> = new Map();
  readonly #followed = new Leaves();
  #wanted: ReadonlyMap<string, WantedLeaf> = new Map();

  task(): Task {
    const { authority, now } = this;
    this.#follow();
    const options = { now, lifetimes: LIFETIMES };
    const task = nextTask({ authority, leaves: this.#followed }, options);
    // What was found by looking at changes is what is found by looking at all.
    const leaves = new Leaves();
    for (const leaf of this.wanted) leaves.want(leaf);
    for (const [secret, data] of this.leaves) leaves.observe(secret, data);
    assert.deepEqual(sorted(task), sorted(nextTask({ authority, leaves }, options)));
    return task;
  }

  #follow(): void {
    const wanted = new Map(this.wanted.map((leaf) => [leaf.secret, leaf]));
    for (const [secret, leaf] of wanted) if (this.#wanted.get(secret) !== leaf) this.#followed.want(leaf);
    for (const secret of this.#wanted.keys()) if (!wanted.has(secret)) this.#followed.drop(secret);
    this.#wanted = wanted;
    for (const secret of new Set([...this.leaves.keys(), ...wanted.keys()])) {
      const data = this.leaves.get(secret);
      if (data !== this.#followed.data(secret)) this.#followed.observe(secret, data);
    }
  }

  /** Does a task, but for one Secret. */
  async perform(task: Task, except?: string): Promise<void> {
    const { now } = this;
    if (task.kind === 'authority') {
      this.authority = await authorityAfter(task.change, { now, lifetimes: LIFETIMES });
    } else if (task.kind === 'leaves') {
      for (const { wanted: { secret, identity } } of task.leaves) {
        if (secret === except) continue;
        this.leaves.set(secret, await issue(task.authority, { identity, now, lifetimes: LIFETIMES }));
      }
    }
  }

  /** Does all that is to be done now; answers what it was. */
  async settle(): Promise<string[]> {
    const done: string[] = [];
    for (;;) {
      const task = this.task();
      if (task.kind === 'wait') return done;
      done.push(described(task));
      if (done.length > 20) throw new Error(`there is no end of it: ${done.join(', ')}`);
      await this.perform(task);
    }
  }

  /** Lets time pass until something is to be done, and says how much, ms. */
  waitForWork(): number {
    const before = this.now;
    const task = this.task();
    if (task.kind === 'wait') this.now = task.until;
    return this.now - before;
  }

  data(secret: string): SecretData {
    const data = this.leaves.get(secret);
    if (data === undefined) throw new Error(`there is no Secret ${secret}`);
    return data;
  }
}

function sorted(task: Task): Task {
  if (task.kind !== 'leaves') return task;
  const leaves = task.leaves.toSorted((a, b) => (a.wanted.secret < b.wanted.secret ? -1 : 1));
  return { ...task, leaves };
}

function described(task: Task): string {
  if (task.kind === 'authority') return task.change.step;
  if (task.kind === 'wait') return 'wait';
  return task.leaves.map(({ wanted: { secret }, fault }) => `${secret}: ${fault}`).join(', ');
}
