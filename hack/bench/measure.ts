import { setTimeout as sleep } from 'node:timers/promises';
import type { Change, Loaded, Usage } from './messages.ts';
import { type Answer, Prober, startUpstream, type Target } from './probe.ts';
import { now, summarize, type Summary } from './samples.ts';
import { type Contender, Stand } from './stand.ts';
import { hostOf, type Layout, pathOf, streamPort } from './workload.ts';

export interface Scenario {
  readonly routes: number;
  readonly layout: Layout;
  /** TCPRoutes, each on the listener of a ListenerSet of its own; the floors have none. */
  readonly streams: number;
  /** Of each kind of change, for each contender. */
  readonly samples: number;
}

export interface Machinery {
  readonly envoy: string;
  readonly nodeArgs: readonly string[];
  /** Told of each thing that takes a while, before it starts. */
  readonly progress: (what: string) => void;
  /** Gets each process that must be gone at the end. */
  readonly cleanup: AsyncDisposableStack;
}

export type ChangeName =
  | 'route'
  | 'Service port removed'
  | 'Service port added'
  | 'EndpointSlice'
  | 'TCPRoute'
  | 'ListenerSet';

/** What one kind of change costs one contender. Times are ms. */
export interface ChangeResult {
  readonly change: ChangeName;
  readonly contender: Contender;
  /** Change seen to xDS bytes handed to the stream: the controller's own share. */
  readonly own: Summary;
  /** Change seen to Envoy's first answer that shows it. */
  readonly served: Summary;
  /** Mean processor time of the controller for one change, with the proxy's acknowledgement. */
  readonly cpu: number;
}

export interface ColdResult extends Loaded {
  readonly contender: Contender;
  /** ms from the manifests to Envoy's answers for routes all over the configuration. */
  readonly served: number;
  /** Of the controller, once that is done. */
  readonly memory: Usage;
  /** Bytes that Envoy has allocated. */
  readonly envoyMemory: number;
}

export interface ScenarioResult extends Scenario {
  readonly cold: readonly ColdResult[];
  readonly changes: readonly ChangeResult[];
  /** Of the controller after all changes. */
  readonly memory: Usage;
  readonly envoyVersion: string;
}

/** Bodies of the two upstreams' answers. */
const UPSTREAMS = ['first', 'second'] as const;

/** Routes, evenly spaced, that must be served before a load counts as done. */
const CHECKED = 200;

/** ms between two changes, for what Envoy does after it serves one. */
const SETTLE = 10;

/** One step of a kind of change: what is changed, and how its effect shows. */
interface Step {
  readonly name: ChangeName;
  readonly change: Change;
  readonly shows: (answer: Answer) => boolean;
  /** Asked by a new connection each time, instead of the route. */
  readonly port?: number;
}

/** Several contenders side by side: each has loaded before any is changed, and their samples are interleaved. */
export async function measure(scenario: Scenario, machinery: Machinery): Promise<ScenarioResult> {
  const { routes, layout, streams, samples } = scenario;
  const { progress } = machinery;
  await using cleanup = new AsyncDisposableStack();
  machinery.cleanup.defer(() => cleanup.disposeAsync());
  const upstreams = [
    cleanup.use(await startUpstream(UPSTREAMS[0])).port,
    cleanup.use(await startUpstream(UPSTREAMS[1])).port,
  ] as const;
  const stands: Stand[] = [];
  const cold: ColdResult[] = [];
  for (const contender of ['dragoman', 'rds', 'vhds'] as const) {
    progress(`${contender}: load`);
    const { envoy, nodeArgs } = machinery;
    const workload = { routes, layout, streams: contender === 'dragoman' ? streams : 0, upstreams };
    const stand = cleanup.use(await Stand.start({ contender, workload, envoy, nodeArgs }));
    cold.push(await load(stand, scenario));
    stands.push(stand);
  }
  const [subject, , vhds] = stands as [Stand, Stand, Stand];
  const route = (sample: number): number => spread(sample, routes);
  const changes: ChangeResult[] = [];
  const compare = async (what: string, contenders: readonly Stand[], steps: (sample: number) => Step[]) => {
    progress(what);
    changes.push(...await interleaved(contenders, { scenario, steps, samples, route }));
  };
  await compare('route', stands, (sample) => [routeStep(route(sample), sample + 1)]);
  await compare('EndpointSlice', [subject, vhds], (sample) => [endpointStep(route(sample))]);
  await compare('Service', [subject], (sample) => serviceSteps(route(sample)));
  if (streams > 0) {
    const stream = (sample: number): number => spread(sample, streams);
    await compare('TCPRoute', [subject], (sample) => [tcpRouteStep(stream(sample))]);
    await compare('ListenerSet', [subject], (sample) => [listenerSetStep(stream(sample))]);
  }
  const result = {
    ...scenario,
    cold,
    changes,
    memory: await subject.usage(),
    envoyVersion: await subject.version(),
  };
  progress('stop');
  return result;
}

async function load(stand: Stand, { layout, routes, streams }: Scenario): Promise<ColdResult> {
  const started = now();
  const loaded = await stand.load();
  const prober = await stand.prober();
  for (let check = 0; check < CHECKED; check++) {
    const route = Math.floor(check * routes / CHECKED);
    await prober.until(target(layout, route), ({ status }) => status === 200);
  }
  if (stand.contender === 'dragoman') {
    const checked = Math.min(CHECKED, streams);
    for (let check = 0; check < checked; check++) {
      await untilNew(streamPort(Math.floor(check * streams / checked)), ({ status }) => status === 200);
    }
  }
  const served = now() - started;
  // Not part of the load: acknowledgements, and what Envoy frees late.
  await sleep(500);
  return {
    contender: stand.contender,
    ...loaded,
    served,
    memory: await stand.usage(),
    envoyMemory: await stand.stat('server.memory_allocated'),
  };
}

interface Plan {
  readonly scenario: Scenario;
  readonly steps: (sample: number) => readonly Step[];
  readonly samples: number;
  readonly route: (sample: number) => number;
}

/** Each sample is taken from each contender in turn. */
async function interleaved(
  contenders: readonly Stand[],
  { scenario, steps, samples, route }: Plan,
): Promise<ChangeResult[]> {
  const taken = new Map<
    string,
    { stand: Stand; name: ChangeName; own: number[]; served: number[]; cpu: number }
  >();
  for (let sample = 0; sample < samples; sample++) {
    for (const stand of contenders) {
      for (const { name, change, shows, port } of steps(sample)) {
        const id = `${name}/${stand.contender}`;
        const figures = taken.get(id) ?? { stand, name, own: [], served: [], cpu: 0 };
        taken.set(id, figures);
        const prober = await stand.prober();
        const before = await stand.cpu();
        const { seen, written } = await stand.change(change);
        const served = port === undefined
          ? await prober.until(target(scenario.layout, route(sample)), shows)
          : await untilNew(port, shows);
        await sleep(SETTLE);
        figures.own.push(written - seen);
        figures.served.push(served - seen);
        figures.cpu += await stand.cpu() - before;
      }
    }
  }
  return [...taken.values()].map(({ stand, name, own, served, cpu }) => ({
    change: name,
    contender: stand.contender,
    own: summarize(own),
    served: summarize(served),
    cpu: cpu / samples,
  }));
}

function routeStep(route: number, revision: number): Step {
  const header = new RegExp(`\\r\\nx-revision: ${revision}\\r\\n`);
  return {
    name: 'route',
    change: { kind: 'HTTPRoute', route, revision },
    shows: ({ status, text }) => status === 200 && header.test(text),
  };
}

function endpointStep(route: number): Step {
  return {
    name: 'EndpointSlice',
    change: { kind: 'EndpointSlice', route, upstream: 1 },
    shows: ({ status, text }) => status === 200 && text.endsWith(UPSTREAMS[1]),
  };
}

function serviceSteps(route: number): Step[] {
  return [
    {
      name: 'Service port removed',
      change: { kind: 'Service', route, withPort: false },
      shows: ({ status }) => status === 500,
    },
    {
      name: 'Service port added',
      change: { kind: 'Service', route, withPort: true },
      shows: ({ status }) => status === 200,
    },
  ];
}

/** A connection keeps the backend that it began with. */
function tcpRouteStep(stream: number): Step {
  return {
    name: 'TCPRoute',
    change: { kind: 'TCPRoute', stream },
    shows: ({ status, text }) => status === 200 && text.endsWith(UPSTREAMS[1]),
    port: streamPort(stream),
  };
}

function listenerSetStep(stream: number): Step {
  return {
    name: 'ListenerSet',
    change: { kind: 'ListenerSet', stream },
    shows: ({ status }) => status === 200,
    port: streamPort(stream, true),
  };
}

/** Asks by new connections until the answer is as wanted; gives the time when that answer was complete. */
async function untilNew(port: number, wanted: (answer: Answer) => boolean): Promise<number> {
  const deadline = now() + 60_000;
  for (;;) {
    const prober = await Prober.open(port, { timeoutMs: 60_000, pauseMs: 1 });
    // What closes the connection has no backend yet.
    const answer = await prober.get({ host: 'any', path: '/' }).catch(() => undefined);
    const at = now();
    prober.close();
    if (answer !== undefined && wanted(answer)) return at;
    if (at > deadline) throw new Error(`port ${port} is not served within a minute: ${answer?.text}`);
    await sleep(1);
  }
}

function target(layout: Layout, route: number): Target {
  return { host: hostOf(layout, route), path: pathOf(layout, route) };
}

/** Different routes for different samples, all over the configuration. */
function spread(sample: number, routes: number): number {
  return (sample * 7_919 + 17) % routes;
}
