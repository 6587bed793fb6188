import type { Scenario } from './measure.ts';
import type { Layout } from './workload.ts';

/** An error whose message is all that the user needs. */
export class UsageError extends Error {}

/** What decides what is measured. */
export interface ScenarioFlags {
  readonly kubernetes: boolean;
  readonly routes?: string | undefined;
  readonly layout?: string | undefined;
  readonly samples?: string | undefined;
}

/** What is measured, in this order. Throws a `UsageError` if the flags make no sense. */
export function scenarios({ kubernetes, routes, layout, samples }: ScenarioFlags): Scenario[] {
  if (kubernetes && layout !== undefined) throw new UsageError('--layout cannot be used with --kubernetes');
  const numbers = routes ?? (kubernetes ? '1000,5000' : '1000,5000,10000');
  return numbers.split(',').flatMap((number) => {
    const routes = positive(number, '--routes');
    return layouts({ kubernetes, layout }).map((layout): Scenario => {
      const many = !kubernetes && routes === 5_000 && layout === 'own-hostnames' ? 200 : 100;
      return { routes, layout, samples: samples === undefined ? many : positive(samples, '--samples') };
    });
  });
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
