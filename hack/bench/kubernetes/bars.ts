/** What the benchmark in Kubernetes must show. */

import { type Bar, count } from '../bars.ts';
import type { KubernetesChange, KubernetesChangeResult, KubernetesResult, PartResult } from './result.ts';

/** Numbers of routes that limits are set for; each limit below is for the one, then for the other. */
const JUDGED = [1_000, 5_000] as const;

/** At most. */
const LIMITS: readonly Limit[] = [
  {
    what: 'all applied: served after the last one',
    limits: [0.7, 2],
    unit: 's',
    of: ({ load }) => load.served / 1e3,
  },
  {
    what: 'all applied: statuses written after the last one',
    limits: [0.7, 3],
    unit: 's',
    of: ({ load }) => load.statuses / 1e3,
  },
  {
    what: 'one route changed: served, p50',
    limits: [35, 80],
    unit: 'ms',
    of: (result) => changeOf(result, 'route').served.p50,
  },
  {
    what: 'one route changed: status written, p50',
    limits: [12, 12],
    unit: 'ms',
    of: (result) => changeOf(result, 'route').status?.p50 ?? NaN,
  },
  {
    what: 'one route changed: CPU of the controller',
    limits: [8, 10],
    unit: 'ms',
    of: (result) => changeOf(result, 'route').cpu,
  },
  {
    what: 'one EndpointSlice changed: served, p50',
    limits: [8, 8],
    unit: 'ms',
    of: (result) => changeOf(result, 'EndpointSlice').served.p50,
  },
  {
    what: 'one EndpointSlice changed: CPU of the controller',
    limits: [2, 2],
    unit: 'ms',
    of: (result) => changeOf(result, 'EndpointSlice').cpu,
  },
  {
    what: 'new route with a new Service: first 200, p50',
    limits: [45, 100],
    unit: 'ms',
    of: (result) => changeOf(result, 'new route').served.p50,
  },
  {
    what: 'peak memory of the controller',
    limits: [180, 350],
    unit: 'MB',
    of: ({ peakMemory }) => peakMemory / 1e6,
  },
  {
    what: 'controller killed: first change served, p50',
    limits: [0.8, 2.5],
    unit: 's',
    of: ({ restart }) => restart.served.p50 / 1e3,
  },
  {
    what: 'controller killed: first status written, p50',
    limits: [0.7, 2.5],
    unit: 's',
    of: ({ restart }) => restart.status.p50 / 1e3,
  },
  {
    what: 'new Envoy: all served, p50',
    limits: [0.6, 2.5],
    unit: 's',
    of: ({ newProxy }) => newProxy.p50 / 1e3,
  },
];

interface Limit {
  readonly what: string;
  readonly limits: readonly [number, number];
  readonly unit: string;
  readonly of: (result: KubernetesResult) => number;
}

export function kubernetesBars(results: readonly KubernetesResult[]): Bar[] {
  return results.flatMap((result) => {
    const where = `${count(result.routes)} routes`;
    const judged = JUDGED.findIndex((routes) => routes === result.routes);
    const limited = judged === -1 ? [] : LIMITS.map(({ what, limits, unit, of }) => ({
      what: `${where}, ${what}`,
      limit: limits[judged] ?? NaN,
      measured: of(result),
      unit,
    }));
    return [
      ...limited,
      ...spotless(result).map(({ what, ...bar }) => ({ what: `${where}, ${what}`, ...bar })),
    ];
  });
}

/** What must never happen, whatever the number of routes. */
function spotless({ parts }: KubernetesResult): Bar[] {
  const moved = parts.filter(({ part }) => part === 'moved route');
  const none = (what: string, measured: number): Bar => ({ what, limit: 0, measured, unit: '' });
  return [
    none('route moved to an unused Service under load: answers not 2xx', sum(moved, failuresOf)),
    none('all parts: answers not 2xx, and resets', sum(parts, failuresOf)),
    none('all parts: status writes that say nothing new', sum(parts, ({ identical }) => identical)),
    none(
      'all parts: status writes of one object beyond one a commit',
      sum(parts, ({ mostOfOne, commits }) => Math.max(0, mostOfOne - commits)),
    ),
  ];
}

export function failuresOf({ failures }: PartResult): number {
  return Object.values(failures).reduce((all, count) => all + count, 0);
}

function sum(parts: readonly PartResult[], of: (part: PartResult) => number): number {
  return parts.reduce((all, part) => all + of(part), 0);
}

function changeOf({ changes }: KubernetesResult, change: KubernetesChange): KubernetesChangeResult {
  const result = changes.find((each) => each.change === change);
  if (result === undefined) throw new Error(`${change} was not measured`);
  return result;
}
