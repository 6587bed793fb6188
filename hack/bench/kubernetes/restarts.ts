import { setTimeout as sleep } from 'node:timers/promises';
import { summarize } from '../samples.ts';
import { apply } from './apply.ts';
import type { RestartResult } from './result.ts';
import { isGood } from './status-feed.ts';
import { showsRevision, target, type World } from './world.ts';

/** After which a controller has nothing left to say about its start, ms: it waits that long for proxies to come back. */
const CALM = 11_000;

/** ms between two questions: the controller needs the processors for a second or more. */
const PAUSE = 10;

export interface RestartPlan {
  readonly times: number;
  /** Route and revision of each time. */
  readonly version: (time: number) => { readonly route: number; readonly revision: number };
}

/** The controller is killed and started again at once, as a container in its Pod; a route is changed meanwhile. */
export async function killed(world: World, { times, version }: RestartPlan): Promise<RestartResult> {
  const { client, controller, feed } = world;
  const prober = await world.prober();
  const served: number[] = [];
  const status: number[] = [];
  for (let time = 0; time < times; time++) {
    const { route, revision } = version(time);
    const at = await controller.end('SIGKILL');
    controller.start();
    const { generation } = await apply(client, world.route(route, { revision }));
    const [servedAt, toldAt] = await Promise.all([
      prober.until(target(route), showsRevision(revision), { pauseMs: PAUSE }),
      feed.until(`HTTPRoute/r${route}`, isGood(generation)),
    ]);
    served.push(servedAt - at);
    status.push(toldAt - at);
    await calm(world);
  }
  return { served: summarize(served), status: summarize(status) };
}

/** The controller is ended as a rollout does it, and started again. */
export async function replaced(world: World): Promise<void> {
  await world.controller.end('SIGTERM');
  world.controller.start();
  await calm(world);
}

async function calm({ controller }: World): Promise<void> {
  await controller.ready();
  while (await controller.streams() === 0) await sleep(100);
  await sleep(CALM);
}
