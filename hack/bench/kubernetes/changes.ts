import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, Target } from '../probe.ts';
import { summarize } from '../samples.ts';
import type { Applied } from './apply.ts';
import type { KubernetesChange, KubernetesChangeResult } from './result.ts';
import { isGood } from './status-feed.ts';
import type { World } from './world.ts';

/** ms between two changes, for what Envoy and the API server do after one is told. */
const SETTLE = 20;

/** One change, and how its effect shows. */
export interface Step {
  readonly apply: () => Promise<Applied>;
  readonly target: Target;
  readonly shows: (answer: Answer) => boolean;
  /** The route whose status is written for it. */
  readonly route?: number;
}

export interface ChangePlan {
  readonly change: KubernetesChange;
  readonly samples: number;
  readonly step: (sample: number) => Step;
}

/** One change after the other: each is served, and its status told, before the next. */
export async function change(
  world: World,
  { change, samples, step }: ChangePlan,
): Promise<KubernetesChangeResult> {
  const { controller, feed } = world;
  const prober = await world.prober();
  const applied: number[] = [];
  const served: number[] = [];
  const status: number[] = [];
  const cpuBefore = controller.cpu();
  for (let sample = 0; sample < samples; sample++) {
    const { apply, target, shows, route } = step(sample);
    const { sent, answered, generation } = await apply();
    const [servedAt, toldAt] = await Promise.all([
      prober.until(target, shows),
      route === undefined ? undefined : feed.until(`HTTPRoute/r${route}`, isGood(generation)),
    ]);
    applied.push(answered - sent);
    served.push(servedAt - sent);
    if (toldAt !== undefined) status.push(toldAt - sent);
    await sleep(SETTLE);
  }
  return {
    change,
    applied: summarize(applied),
    served: summarize(served),
    ...(status.length === 0 ? {} : { status: summarize(status) }),
    cpu: (controller.cpu() - cpuBefore) / samples,
  };
}
