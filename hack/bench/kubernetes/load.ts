import { Prober, type Target } from '../probe.ts';
import { now } from '../samples.ts';
import { apply, applyAll } from './apply.ts';
import { GATEWAY, LISTENER_PORT } from './place.ts';
import type { LoadResult } from './result.ts';
import { isGood } from './status-feed.ts';
import { sweep } from './sweep.ts';
import { target, type World } from './world.ts';

/** Objects that are applied at a time, and connections that ask for what is not served yet. */
const APPLIERS = 8;
const ASKERS = 4;

/** ms between two questions for the same route: while objects are applied there is no processor time to spare. */
const PAUSE = 5;

/** Applies all routes, each after its Service and its EndpointSlice. */
export async function load(
  world: World,
  routes: number,
  onServed: (route: number) => void,
): Promise<LoadResult> {
  const { client, controller, feed } = world;
  const cpuBefore = controller.cpu();
  const started = now();
  const applied = new Steps(routes);
  const statuses: Promise<number>[] = [];
  let last = 0;
  let next = 0;
  const applier = async (): Promise<void> => {
    for (let route = next++; route < routes; route = next++) {
      await applyAll(client, world.backend(route, 0));
      const { answered, generation } = await apply(client, world.route(route));
      last = Math.max(last, answered);
      statuses.push(feed.until(`HTTPRoute/r${route}`, isGood(generation)));
      applied.done(route);
    }
  };
  const asker = async (first: number): Promise<number> => {
    const prober = await Prober.open(LISTENER_PORT, { timeoutMs: 10_000 });
    let at = 0;
    for (let route = first; route < routes; route += ASKERS) {
      await applied.until(route);
      at = await prober.until(target(route), ({ status }) => status === 200, { pauseMs: PAUSE });
      onServed(route);
    }
    prober.close();
    return at;
  };
  const asking = Promise.all(Array.from({ length: ASKERS }, (_, first) => asker(first)));
  await Promise.all(Array.from({ length: APPLIERS }, applier));
  const attached = feed.until(
    `Gateway/${GATEWAY}`,
    ({ status }) => status?.listeners?.[0]?.attachedRoutes === routes,
  );
  const served = Math.max(...await asking);
  const written = Math.max(...await Promise.all([...statuses, attached]));
  const result = {
    applying: last - started,
    served: served - last,
    statuses: written - last,
    cpu: controller.cpu() - cpuBefore,
  };
  await verify(Array.from({ length: routes }, (_, route) => target(route)));
  return result;
}

/** What was served once is served still. */
async function verify(targets: readonly Target[]): Promise<void> {
  const { failures } = await sweep(targets);
  if (Object.keys(failures).length > 0) {
    throw new Error(`routes are lost again: ${JSON.stringify(failures)}`);
  }
}

/** Many steps, each of which is done once. */
class Steps {
  readonly #steps: readonly PromiseWithResolvers<void>[];

  constructor(count: number) {
    this.#steps = Array.from({ length: count }, () => Promise.withResolvers<void>());
  }

  done(step: number): void {
    this.#steps[step]?.resolve();
  }

  async until(step: number): Promise<void> {
    await this.#steps[step]?.promise;
  }
}
