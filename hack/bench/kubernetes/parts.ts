import { setTimeout as sleep } from 'node:timers/promises';
import type { ControllerCounts } from './controller.ts';
import { total } from './counters.ts';
import type { PartResult } from './result.ts';
import { FOLLOWED } from './status-feed.ts';
import { since, type StatusWrites } from './status-log.ts';
import { Traffic, type TrafficOptions } from './traffic.ts';
import type { World } from './world.ts';

/** ms after which what a part caused has been written and counted. */
const SETTLE = 500;

/** The parts of a run: each under constant load, with what was written meanwhile. */
export class Parts {
  readonly results: PartResult[] = [];
  readonly #world: World;
  readonly #progress: (what: string) => void;

  constructor(world: World, progress: (what: string) => void) {
    this.#world = world;
    this.#progress = progress;
  }

  /** Without `traffic` nothing is asked but by `work` itself, which may tell of failures that it has seen. */
  async run<T>(part: string, { traffic, work }: PartOptions<T>): Promise<T> {
    this.#progress(part);
    const before = await this.#writes();
    const load = traffic && new Traffic(traffic);
    const seen: Record<string, number> = {};
    let result: T;
    try {
      result = await work(seen);
      await sleep(SETTLE);
    } finally {
      await load?.stop();
    }
    const { answers = 0, failures = {} } = await load?.stop() ?? {};
    this.results.push({
      part,
      answers,
      failures: sum(failures, seen),
      ...difference(before, await this.#writes()),
      peakMemory: this.#world.controller.peakMemory(),
    });
    return result;
  }

  async #writes(): Promise<Writes> {
    const { client, controller, feed } = this.#world;
    // The API server counts its answers; all labels are in the order of their names.
    const text = await client.request<string>('/metrics');
    const requests = total(text, 'apiserver_request_total', {
      code: /^2/,
      resource: new RegExp(`^(${Object.keys(FOLLOWED).join('|')})$`),
      subresource: /^status$/,
      verb: /^(PATCH|APPLY|PUT)$/,
    });
    return { statuses: feed.writes, requests, controller: await controller.counts() };
  }
}

export interface PartOptions<T> {
  readonly traffic?: TrafficOptions;
  readonly work: (failures: Record<string, number>) => Promise<T>;
}

interface Writes {
  readonly statuses: StatusWrites;
  readonly requests: number;
  readonly controller: ControllerCounts;
}

function difference(
  before: Writes,
  after: Writes,
): Omit<PartResult, 'part' | 'answers' | 'failures' | 'peakMemory'> {
  const statuses = since(before.statuses, after.statuses);
  const statusRequests = after.requests - before.requests;
  return {
    statusRequests,
    statusWrites: statuses.written,
    // A request that changes nothing at all makes no event.
    identical: Math.max(statuses.identical, statusRequests - statuses.written),
    mostOfOne: Math.max(0, ...statuses.byObject.values()),
    commits: after.controller.commits - before.controller.commits,
    infrastructure: after.controller.infrastructure - before.controller.infrastructure,
  };
}

function sum(
  some: Readonly<Record<string, number>>,
  others: Readonly<Record<string, number>>,
): Record<string, number> {
  const all = { ...some };
  for (const [how, count] of Object.entries(others)) all[how] = (all[how] ?? 0) + count;
  return all;
}
