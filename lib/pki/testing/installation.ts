import { LIFETIMES } from '../lifetimes.ts';
import { authorityAfter, issue } from '../perform.ts';
import type { SecretData } from '../secret-data.ts';
import { nextTask, type Task, type WantedLeaf } from '../task.ts';

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

  task(): Task {
    const { authority, leaves, wanted, now } = this;
    return nextTask({ authority, leaves }, { wanted, now, lifetimes: LIFETIMES });
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

function described(task: Task): string {
  if (task.kind === 'authority') return task.change.step;
  if (task.kind === 'wait') return 'wait';
  return task.leaves.map(({ wanted: { secret }, fault }) => `${secret}: ${fault}`).join(', ');
}
