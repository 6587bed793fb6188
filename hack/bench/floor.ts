/**
 * The floor of the benchmark, run as a child process: a bare delta xDS loop that translates nothing. It sends the same
 * clusters and the leanest virtual hosts that serve the same, over RDS (`rds`: the whole RouteConfiguration for each change)
 * or VHDS (`vhds`: one virtual host for each change).
 */

import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { Server, ServerCredentials, type ServerDuplexStream } from '@grpc/grpc-js';
import {
  type DeltaDiscoveryRequest,
  DeltaDiscoveryRequestSchema,
  DeltaDiscoveryResponseSchema,
} from '../../lib/envoy/gen/envoy/service/discovery/v3/discovery_pb.ts';
import { TYPE_URL } from '../../lib/envoy/resource.ts';
import {
  leanCluster,
  leanEndpoints,
  leanListener,
  leanRoute,
  leanRouteConfiguration,
  leanVirtualHost,
  ROUTE_CONFIGURATION,
} from './floor-resources.ts';
import { type Change, type Changed, type Loaded, serveDriver } from './messages.ts';
import { now } from './samples.ts';
import { hostOf, pathOf, type Workload } from './workload.ts';

type Named = { readonly name: string; readonly value: Uint8Array };

const workload = JSON.parse(process.argv[2] ?? '') as Workload;
const mode = process.argv[3] as 'rds' | 'vhds';
const shared = workload.layout === 'one-hostname';
const routes = Array.from({ length: workload.routes }, (_, route) => encodeRoute(route));
const hosts = shared ? [encodeHost(0)] : Array.from(routes.keys(), encodeHost);
/** What the proxy asked for before `load`. */
const waiting: DeltaDiscoveryRequest[] = [];
let loaded = false;
let stream: ServerDuplexStream<DeltaDiscoveryRequest, Uint8Array> | undefined;
let nonce = 0;

function clusterOf(route: number): string {
  return `s${route}`;
}

function encodeRoute(route: number, revision?: number): Uint8Array {
  return leanRoute({ path: pathOf(workload.layout, route), cluster: clusterOf(route), revision });
}

/** The virtual host of a route. */
function encodeHost(route: number): Uint8Array {
  return leanVirtualHost(
    hostOf(workload.layout, route),
    shared ? routes : routes.slice(route, route + 1),
  );
}

function hostResource(route: number): Named {
  const value = hosts[shared ? 0 : route] ?? new Uint8Array();
  return { name: `${ROUTE_CONFIGURATION}/${hostOf(workload.layout, route)}`, value };
}

function routeConfiguration(): Named {
  return { name: ROUTE_CONFIGURATION, value: leanRouteConfiguration(mode === 'rds' ? hosts : undefined) };
}

function send(typeUrl: string, resources: readonly Named[]): void {
  if (stream === undefined) throw new Error('no proxy is connected');
  nonce++;
  stream.write(toBinary(
    DeltaDiscoveryResponseSchema,
    create(DeltaDiscoveryResponseSchema, {
      typeUrl,
      nonce: String(nonce),
      resources: resources.map(({ name, value }) => ({
        name,
        version: String(nonce),
        resource: { typeUrl, value },
      })),
    }),
  ));
}

function answer(request: DeltaDiscoveryRequest): void {
  if (!loaded) {
    waiting.push(request);
    return;
  }
  const { typeUrl, resourceNamesSubscribe: names } = request;
  if (request.errorDetail !== undefined) throw new Error(`Envoy refused: ${request.errorDetail.message}`);
  if (request.responseNonce !== '' && names.length === 0) return;
  if (typeUrl === TYPE_URL.Cluster) {
    send(typeUrl, Array.from(routes.keys(), clusterOf).map((name) => ({ name, value: leanCluster(name) })));
  } else if (typeUrl === TYPE_URL.ClusterLoadAssignment) {
    const [port] = workload.upstreams;
    send(typeUrl, names.map((name) => ({ name, value: leanEndpoints(name, port) })));
  } else if (typeUrl === TYPE_URL.Listener) {
    send(typeUrl, [{ name: 'http', value: leanListener(workload.port) }]);
  } else if (typeUrl === TYPE_URL.RouteConfiguration) {
    send(typeUrl, [routeConfiguration()]);
  } else if (typeUrl === TYPE_URL.VirtualHost) {
    send(typeUrl, Array.from(hosts.keys(), hostResource));
  }
}

function load(): Loaded {
  loaded = true;
  waiting.splice(0).forEach(answer);
  const bytes = hosts.reduce((sum, { length }) => sum + length, 0);
  return { decode: 0, commit: 0, bytesPerHost: bytes / hosts.length };
}

function change(of: Change): Changed {
  const seen = now();
  if (of.kind === 'EndpointSlice') {
    const name = clusterOf(of.route);
    send(TYPE_URL.ClusterLoadAssignment, [{
      name,
      value: leanEndpoints(name, workload.upstreams[of.upstream]),
    }]);
  } else if (of.kind === 'HTTPRoute') {
    routes[of.route] = encodeRoute(of.route, of.revision);
    hosts[shared ? 0 : of.route] = encodeHost(of.route);
    if (mode === 'vhds') send(TYPE_URL.VirtualHost, [hostResource(of.route)]);
    else send(TYPE_URL.RouteConfiguration, [routeConfiguration()]);
  } else {
    throw new Error(`the floor has no ${of.kind}`);
  }
  return { seen, written: now() };
}

const server = new Server({ 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 });
server.addService({
  delta: {
    path: '/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources',
    requestStream: true,
    responseStream: true,
    requestSerialize: (value: Uint8Array) => Buffer.from(value),
    requestDeserialize: (bytes: Buffer) => fromBinary(DeltaDiscoveryRequestSchema, bytes),
    responseSerialize: (value: Uint8Array) => Buffer.from(value.buffer, value.byteOffset, value.byteLength),
    responseDeserialize: (bytes: Buffer) => bytes,
  },
}, {
  delta(call: ServerDuplexStream<DeltaDiscoveryRequest, Uint8Array>): void {
    stream = call;
    call.on('data', answer);
    call.on('end', () => call.end());
    call.on('error', () => undefined);
  },
});
server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) throw error;
  serveDriver(port, { load, change });
});
