import { summarize, type Summary } from '../samples.ts';
import { apply, applyAll } from './apply.ts';
import { change, type Step } from './changes.ts';
import { load } from './load.ts';
import { Machine } from './machine.ts';
import { Parts } from './parts.ts';
import { killed, replaced } from './restarts.ts';
import type {
  KubernetesChange,
  KubernetesChangeResult,
  KubernetesResult,
  KubernetesScenario,
  LoadResult,
  RestartResult,
} from './result.ts';
import { sweep } from './sweep.ts';
import type { TrafficOptions } from './traffic.ts';
import { showsRevision, showsUpstream, target, type Upstream, World, type WorldOptions } from './world.ts';

/** Routes, evenly spaced, that must be served before all count as served; the rest is asked for afterwards. */
const CHECKED = 200;

/** At most, since these take their time. */
const NEW_ROUTES = 50;
const MOVES = 40;
const NEW_PROXIES = 5;
const RESTARTS = 5;

export interface MeasureOptions extends WorldOptions {
  /** Told of each thing that takes a while, before it starts. */
  readonly progress: (what: string) => void;
}

/** All that the benchmark tells of one number of routes, in the cluster that this process runs in. */
export async function measure(
  scenario: KubernetesScenario,
  { progress, ...options }: MeasureOptions,
): Promise<KubernetesResult> {
  progress('start');
  const machine = new Machine();
  await using world = await World.start(options);
  const complaints = world.controller.complaints().length;
  const run = new Run(world, { scenario, progress });
  const loaded = await run.load();
  const changes = [
    await run.changed('route', (sample) => run.revised(sample)),
    await run.changed('EndpointSlice', (sample) => run.redirected(sample)),
    await run.changed('new route', (sample) => run.added(sample), NEW_ROUTES),
    await run.moved(),
  ];
  const newProxy = await run.newProxies();
  await run.replaced();
  const restart = await run.restarted();
  for (const line of world.controller.complaints().slice(complaints)) progress(`the controller says ${line}`);
  return {
    ...scenario,
    load: loaded,
    changes,
    newProxy,
    restart,
    peakMemory: world.controller.peakMemory(),
    parts: run.parts.results,
    others: machine.others(),
    envoyVersion: await world.envoyVersion(),
  };
}

interface RunOptions {
  readonly scenario: KubernetesScenario;
  readonly progress: (what: string) => void;
}

/** One number of routes, part by part. */
class Run {
  readonly parts: Parts;
  readonly #world: World;
  readonly #scenario: KubernetesScenario;
  /** Those that answer. */
  readonly #served: number[] = [];
  #revision = 0;
  #asked = 0;

  constructor(world: World, { scenario, progress }: RunOptions) {
    this.parts = new Parts(world, progress);
    this.#world = world;
    this.#scenario = scenario;
  }

  load(): Promise<LoadResult> {
    const work = () => load(this.#world, this.#scenario.routes, (route) => this.#served.push(route));
    return this.parts.run('all applied', { traffic: this.#background, work });
  }

  changed(
    what: KubernetesChange,
    step: (sample: number) => Step,
    most: number = this.#scenario.samples,
  ): Promise<KubernetesChangeResult> {
    const samples = Math.min(most, this.#scenario.samples);
    const work = () => change(this.#world, { change: what, samples, step });
    return this.parts.run(what, { traffic: this.#background, work });
  }

  /** A route says something else. */
  revised(sample: number): Step {
    const route = this.#spread(sample);
    const revision = ++this.#revision;
    return {
      apply: () => apply(this.#world.client, this.#world.route(route, { revision })),
      target: target(route),
      shows: showsRevision(revision),
      route,
    };
  }

  /** An EndpointSlice has another endpoint. */
  redirected(sample: number): Step {
    const route = this.#spread(sample);
    const upstream: Upstream = Math.floor(sample / this.#scenario.routes) % 2 === 0 ? 1 : 0;
    return {
      apply: () => apply(this.#world.client, this.#world.slice(route, upstream)),
      target: target(route),
      shows: showsUpstream(upstream),
    };
  }

  /** A route with a Service and an EndpointSlice, none of which was there. */
  added(sample: number): Step {
    const route = this.#scenario.routes + sample;
    const objects = [...this.#world.backend(route, 0), this.#world.route(route)];
    return {
      apply: () => applyAll(this.#world.client, objects),
      target: target(route),
      shows: ({ status }) => status === 200,
      route,
    };
  }

  /** A route goes from Service to Service, none of which any route has used, while it is asked all the time. */
  async moved(): Promise<KubernetesChangeResult> {
    const { routes, samples } = this.#scenario;
    const moves = Math.min(MOVES, samples);
    const route = this.#spread(0);
    const first = routes + samples;
    const upstream = (move: number): Upstream => move % 2 === 0 ? 1 : 0;
    for (let move = 0; move < moves; move++) {
      await applyAll(this.#world.client, this.#world.backend(first + move, upstream(move)));
    }
    const step = (move: number): Step => {
      const revision = ++this.#revision;
      const version = { revision, service: first + move };
      const isRevision = showsRevision(revision);
      const isUpstream = showsUpstream(upstream(move));
      return {
        apply: () => apply(this.#world.client, this.#world.route(route, version)),
        target: target(route),
        shows: (answer) => isRevision(answer) && isUpstream(answer),
        route,
      };
    };
    const traffic = { target: () => target(route), connections: 4, pauseMs: 4 };
    const work = () => change(this.#world, { change: 'moved route', samples: moves, step });
    return await this.parts.run('moved route', { traffic, work });
  }

  /** Envoys that have nothing get all routes. */
  newProxies(): Promise<Summary> {
    const { routes, samples } = this.#scenario;
    const all = Array.from({ length: routes }, (_, route) => target(route));
    const some = Array.from(
      { length: Math.min(CHECKED, routes) },
      (_, check) => target(Math.floor(check * routes / Math.min(CHECKED, routes))),
    );
    const work = async (seen: Record<string, number>): Promise<Summary> => {
      const served: number[] = [];
      for (let time = 0; time < Math.min(NEW_PROXIES, samples); time++) {
        const { startedAt, started } = await this.#world.replaceProxy();
        const { at, failures } = await sweep(some);
        served.push(at - startedAt);
        await started;
        for (const each of [failures, (await sweep(all)).failures]) {
          for (const [how, count] of Object.entries(each)) seen[how] = (seen[how] ?? 0) + count;
        }
      }
      return summarize(served);
    };
    return this.parts.run('new Envoy', { work });
  }

  replaced(): Promise<void> {
    const work = () => replaced(this.#world);
    return this.parts.run('controller replaced', { traffic: this.#background, work });
  }

  restarted(): Promise<RestartResult> {
    const times = Math.min(RESTARTS, this.#scenario.samples);
    const version = (time: number) => ({ route: this.#spread(time), revision: ++this.#revision });
    const work = () => killed(this.#world, { times, version });
    return this.parts.run('controller killed', { traffic: this.#background, work });
  }

  /** About 100 requests a second, for every route that answers in its turn. */
  get #background(): TrafficOptions {
    const next = () => target(this.#served[this.#asked++ % this.#served.length] ?? 0);
    return { target: next, connections: 2, pauseMs: 20, when: () => this.#served.length > 0 };
  }

  /** Different routes for different samples, all over the configuration. */
  #spread(sample: number): number {
    return (sample * 7_919 + 17) % this.#scenario.routes;
  }
}
