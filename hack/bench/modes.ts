import { type Bar, bars, count, named } from './bars.ts';
import { kubernetesBars } from './kubernetes/bars.ts';
import { kubernetesTable } from './kubernetes/report.ts';
import type { KubernetesResult } from './kubernetes/result.ts';
import { measureInCluster } from './kubernetes/run.ts';
import { type Machinery, measure, type Scenario, type ScenarioResult } from './measure.ts';
import { scaling, scenarioTable } from './report.ts';

export type { Machinery } from './measure.ts';

/** What a whole run tells. */
export interface Outcome {
  readonly results: readonly (ScenarioResult | KubernetesResult)[];
  readonly bars: readonly Bar[];
}

/** Prints each result as it comes. */
export async function benchStandalone(
  scenarios: readonly Scenario[],
  machinery: Machinery,
): Promise<Outcome> {
  const results: ScenarioResult[] = [];
  for (const scenario of scenarios) {
    const result = await measure(
      scenario,
      told(machinery, named(scenario)),
    );
    results.push(result);
    console.log(scenarioTable(result));
  }
  console.log(scaling(results));
  return { results, bars: bars(results) };
}

/** The same in Kubernetes. */
export async function benchKubernetes(
  scenarios: readonly Pick<Scenario, 'routes' | 'samples'>[],
  machinery: Machinery,
): Promise<Outcome> {
  const results: KubernetesResult[] = [];
  for (const { routes, samples } of scenarios) {
    const scenario = { routes, samples };
    const result = await measureInCluster(
      scenario,
      told(machinery, `${count(routes)} routes in Kubernetes`),
    );
    results.push(result);
    console.log(kubernetesTable(result));
  }
  return { results, bars: kubernetesBars(results) };
}

function told(machinery: Machinery, name: string): Machinery {
  return { ...machinery, progress: (what) => machinery.progress(`${name}: ${what}`) };
}
