/** What the benchmark must show. */

import type { ChangeResult, Scenario, ScenarioResult } from './measure.ts';
import type { Contender } from './stand.ts';

export interface Bar {
  readonly what: string;
  readonly limit: number;
  /** The figure that was measured; absent if its scenario was not run. */
  readonly measured?: number;
  readonly unit: string;
}

const MAIN = { routes: 5_000, layout: 'own-hostnames', streams: 0 } as const;

export function bars(results: readonly ScenarioResult[]): Bar[] {
  const mains = results.filter(({ routes, layout }) => routes === MAIN.routes && layout === MAIN.layout);
  const endpoints = results.map((result) => ({
    result,
    p50: changeOf(result, 'EndpointSlice', 'dragoman')?.served.p50,
  }));
  return [
    ...(mains.length === 0 ? routeBars(MAIN) : mains.flatMap((main) => routeBars(main, main))),
    ...endpoints.map(({ result, p50 }) =>
      bar(`${named(result)}, one EndpointSlice changed: served, p50`, 10, { measured: p50 })
    ),
    ...results.filter(({ routes }) => routes === 10_000).map(({ layout, memory }) =>
      bar(`10,000 routes, ${layout}: resident memory after load and changes`, 400, {
        measured: memory.rss / 1e6,
        unit: 'MB',
      })
    ),
  ];
}

/** One route changed among as many as the bar is about. */
function routeBars(
  { routes, streams }: Pick<ScenarioResult, 'routes' | 'streams'>,
  main?: ScenarioResult,
): Bar[] {
  const route = main && changeOf(main, 'route', 'dragoman');
  const floor = main && Math.min(
    ...(['rds', 'vhds'] as const).map((by) => changeOf(main, 'route', by)?.served.p50 ?? NaN),
  );
  const where = `${count(routes)} routes on as many hostnames${andStreams(streams)}, one changed`;
  return [
    bar(`${where}: own share, p50`, 5, { measured: route?.own.p50 }),
    bar(`${where}: own share, p99`, 20, { measured: route?.own.p99 }),
    bar(`${where}: CPU of the controller`, 10, { measured: route?.cpu }),
    bar(`${where}: served, p50, to the lower floor's`, 1.15, {
      measured: route && floor && route.served.p50 / floor,
      unit: '×',
    }),
  ];
}

/** A scenario's name for people. */
export function named({ routes, layout, streams }: Omit<Scenario, 'samples'>): string {
  return `${count(routes)} routes${andStreams(streams)}, ${layout}`;
}

function andStreams(streams: number): string {
  return streams === 0 ? '' : ` and ${count(streams)} TCPRoutes`;
}

/** Whether a bar was measured and not kept. */
export function missed({ measured, limit }: Bar): boolean {
  return measured !== undefined && !(measured <= limit);
}

export function changeOf(
  result: ScenarioResult,
  change: ChangeResult['change'],
  contender: Contender,
): ChangeResult | undefined {
  return result.changes.find((it) => it.change === change && it.contender === contender);
}

export function count(number: number): string {
  return number.toLocaleString('en-US');
}

function bar(what: string, limit: number, of: { measured: number | undefined; unit?: string }): Bar {
  return {
    what,
    limit,
    unit: of.unit ?? 'ms',
    ...(of.measured === undefined ? {} : { measured: of.measured }),
  };
}
