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
  const taken: Sample[] = [];
  const cpuBefore = controller.cpu();
  for (let sample = 0; sample < samples; sample++) {
    const { apply, target, shows, route } = step(sample);
    const { sent, answered, generation } = await apply();
    const [served, status] = await Promise.all([
      prober.until(target, shows),
      route === undefined ? undefined : feed.until(`HTTPRoute/r${route}`, isGood(generation)),
    ]);
    taken.push({ sent, answered, served, status });
    await sleep(SETTLE);
  }
  return {
    change,
    applied: summarize(taken.map(({ sent, answered }) => answered - sent)),
    ...since('sent', taken),
    sinceAnswer: since('answered', taken),
    cpu: (controller.cpu() - cpuBefore) / samples,
  };
}

/** When what happened, as `now()` tells it. */
interface Sample {
  readonly sent: number;
  readonly answered: number;
  readonly served: number;
  readonly status: number | undefined;
}

function since(begin: 'sent' | 'answered', taken: readonly Sample[]): KubernetesChangeResult['sinceAnswer'] {
  const status = taken.flatMap((sample) =>
    sample.status === undefined ? [] : [sample.status - sample[begin]]
  );
  return {
    served: summarize(taken.map((sample) => sample.served - sample[begin])),
    ...(status.length === 0 ? {} : { status: summarize(status) }),
  };
}
