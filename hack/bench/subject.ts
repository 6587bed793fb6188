/** The controller in the benchmark, run as a child process: the engine of every mode, fed with decoded manifests. */

import { fromBinary } from '@bufbuild/protobuf';
import { Engine } from '../../controllers/run-engine.ts';
import { inputOf, type ObjectInputs } from '../../controllers/inputs.ts';
import { type AnyObject, decode } from '../../lib/api/mod.ts';
import { ResourceSchema } from '../../lib/envoy/gen/envoy/service/discovery/v3/discovery_pb.ts';
import { createLogger } from '../../lib/telemetry/log.ts';
import { Metrics } from '../../lib/telemetry/metrics.ts';
import { createTracing } from '../../lib/telemetry/trace.ts';
import { type Change, type Changed, type Loaded, serveDriver } from './messages.ts';
import { now } from './samples.ts';
import {
  endpointSliceObject,
  gatewayObjects,
  listenerSetObject,
  routeObject,
  serviceObject,
  tcpRouteObject,
  type Workload,
} from './workload.ts';

const workload = JSON.parse(process.argv[2] ?? '') as Workload;
const MOVED = '-moved';
const engine = new Engine({
  settings: { mode: 'standalone', bind: '127.0.0.1', privilegedPortShift: 0, allowLocalBackends: true },
  telemetry: {
    log: createLogger({ format: 'json', level: 'warn' }),
    metrics: new Metrics(),
    tracing: await createTracing(),
  },
});

function load(): Loaded {
  const objects: AnyObject[] = [];
  let spent = 0;
  const take = (made: unknown): void => {
    const raw = received(made);
    const started = now();
    objects.push(decoded(raw));
    spent += now() - started;
  };
  gatewayObjects(workload).forEach(take);
  for (let route = 0; route < workload.routes; route++) {
    take(routeObject(workload, route));
    take(serviceObject(route));
    take(endpointSliceObject(route, { port: workload.upstreams[0] }));
  }
  // Where TCPRoutes are moved to.
  take(serviceObject(MOVED));
  take(endpointSliceObject(MOVED, { port: workload.upstreams[1] }));
  for (let stream = 0; stream < workload.streams; stream++) {
    take(listenerSetObject(stream));
    take(tcpRouteObject(stream));
  }
  const started = now();
  engine.change('bench', (inputs) => {
    for (const object of objects) put(inputs, object);
  });
  const commit = now() - started;
  return { decode: spent, commit, bytesPerHost: bytesPerHost() };
}

/** Without the envelope that says name, version and type. */
function bytesPerHost(): number {
  const hosts = engine.dataflow.resources.values().filter(({ type }) => type === 'VirtualHost');
  const sizes = hosts.map(({ bytes }) => fromBinary(ResourceSchema, bytes).resource?.value.length ?? 0);
  return sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
}

function change(of: Change): Changed {
  const raw = received(manifest(of));
  const seen = now();
  const object = decoded(raw);
  engine.change('bench', (inputs) => put(inputs, object));
  const written = now();
  const writing = engine.xds.streams().some(({ types }) => types.some(({ inFlight }) => inFlight));
  if (!writing) throw new Error(`nothing was written for ${JSON.stringify(of)}`);
  return { seen, written };
}

function manifest(change: Change): unknown {
  if (change.kind === 'HTTPRoute') return routeObject(workload, change.route, { revision: change.revision });
  if (change.kind === 'Service') return serviceObject(change.route, change.withPort);
  if (change.kind === 'TCPRoute') return tcpRouteObject(change.stream, `s${MOVED}`);
  if (change.kind === 'ListenerSet') return listenerSetObject(change.stream, true);
  return endpointSliceObject(change.route, { port: workload.upstreams[change.upstream] });
}

/** As it comes from outside: no value is shared with another object. */
function received(manifest: unknown): unknown {
  return JSON.parse(JSON.stringify(manifest));
}

function decoded(raw: unknown): AnyObject {
  const { object, problems } = decode(raw);
  if (object === undefined) {
    throw new Error(`the benchmark's own manifest is refused: ${JSON.stringify(problems)}`);
  }
  return object;
}

function put(inputs: ObjectInputs, object: AnyObject): void {
  const input = inputOf(inputs, object.kind);
  if (input === undefined) throw new Error(`nothing reads ${object.kind}`);
  input.set(object);
}

serveDriver(await engine.xds.start(), { load, change });
