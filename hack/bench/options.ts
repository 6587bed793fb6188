import type { Scenario } from './measure.ts';
import type { Layout } from './workload.ts';

/** An error whose message is all that the user needs. */
export class UsageError extends Error {}

/** Each has a port of its own. */
const MOST_STREAMS = 5_000;

/** What decides what is measured. */
export interface ScenarioFlags {
  readonly kubernetes: boolean;
  readonly routes?: string | undefined;
  readonly layout?: string | undefined;
  readonly samples?: string | undefined;
  readonly streams?: string | undefined;
}

/** What is measured, in this order. Throws a `UsageError` if the flags make no sense. */
export function scenarios({ kubernetes, routes, layout, samples, streams }: ScenarioFlags): Scenario[] {
  for (const [flag, value] of Object.entries({ layout, streams })) {
    if (kubernetes && value !== undefined) {
      throw new UsageError(`--${flag} cannot be used with --kubernetes`);
    }
  }
  const numbers = routes ?? (kubernetes ? '1000,5000' : '1000,5000,10000');
  const planned = numbers.split(',').flatMap((number) => {
    const routes = positive(number, '--routes');
    const only = streams === undefined ? layout : layout ?? 'own-hostnames';
    return layouts({ kubernetes, layout: only }).map((layout): Scenario => {
      const many = !kubernetes && routes === 5_000 && layout === 'own-hostnames' ? 200 : 100;
      return {
        routes,
        layout,
        streams: streams === undefined ? 0 : within(positive(streams, '--streams'), routes),
        samples: samples === undefined ? many : positive(samples, '--samples'),
      };
    });
  });
  if (kubernetes || routes !== undefined || layout !== undefined || streams !== undefined) return planned;
  const main = planned.filter(({ routes, layout }) => routes === 5_000 && layout === 'own-hostnames');
  return [...planned, ...main.map((scenario) => ({ ...scenario, streams: scenario.routes / 2 }))];
}

/** Each stream leads to the Service of a route. */
function within(streams: number, routes: number): number {
  if (streams <= Math.min(routes, MOST_STREAMS)) return streams;
  throw new UsageError(`--streams takes at most ${MOST_STREAMS}, and no more than there are routes`);
}

function layouts({ kubernetes, layout }: Pick<ScenarioFlags, 'kubernetes' | 'layout'>): readonly Layout[] {
  if (kubernetes) return ['own-hostnames'];
  if (layout === undefined) return ['own-hostnames', 'one-hostname'];
  if (layout === 'own-hostnames' || layout === 'one-hostname') return [layout];
  throw new UsageError(`--layout is own-hostnames or one-hostname, not ${layout}`);
}

function positive(text: string, flag: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) {
    throw new UsageError(`${flag} takes a positive number, not ${text}`);
  }
  return number;
}
