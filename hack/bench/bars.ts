/** What the benchmark must show. */

import type { ChangeResult, ScenarioResult } from './measure.ts';
import type { Contender } from './stand.ts';

export interface Bar {
  readonly what: string;
  readonly limit: number;
  /** The figure that was measured; absent if its scenario was not run. */
  readonly measured?: number;
  readonly unit: string;
}

const MAIN = { routes: 5_000, layout: 'own-hostnames' } as const;

export function bars(results: readonly ScenarioResult[]): Bar[] {
  const main = results.find(({ routes, layout }) => routes === MAIN.routes && layout === MAIN.layout);
  const route = main && changeOf(main, 'route', 'dragoman');
  const floor = main && Math.min(
    ...(['rds', 'vhds'] as const).map((by) => changeOf(main, 'route', by)?.served.p50 ?? NaN),
  );
  const endpoints = results.map((result) => ({
    result,
    p50: changeOf(result, 'EndpointSlice', 'dragoman')?.served.p50,
  }));
  const where = `${count(MAIN.routes)} routes on as many hostnames, one changed`;
  return [
    bar(`${where}: own share, p50`, 5, { measured: route?.own.p50 }),
    bar(`${where}: own share, p99`, 20, { measured: route?.own.p99 }),
    bar(`${where}: CPU of the controller`, 10, { measured: route?.cpu }),
    bar(`${where}: served, p50, to the lower floor's`, 1.15, {
      measured: route && floor && route.served.p50 / floor,
      unit: '×',
    }),
    ...endpoints.map(({ result, p50 }) =>
      bar(`${count(result.routes)} routes, ${result.layout}, one EndpointSlice changed: served, p50`, 10, {
        measured: p50,
      })
    ),
    ...results.filter(({ routes }) => routes === 10_000).map(({ layout, memory }) =>
      bar(`10,000 routes, ${layout}: resident memory after load and changes`, 400, {
        measured: memory.rss / 1e6,
        unit: 'MB',
      })
    ),
  ];
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
