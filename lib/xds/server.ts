import { Server, ServerCredentials, type ServerDuplexStream, status } from '@grpc/grpc-js';
import { isIP } from 'node:net';
import type { Batch } from '../graph/types.ts';
import type { DeltaDiscoveryRequest } from '../envoy/gen/envoy/service/discovery/v3/discovery_pb.ts';
import { Hub, type HubOptions, type Stream, type TypeStatus } from './hub.ts';
import { decodeRequest, encodeResponse } from './wire.ts';

/** The one method of xDS that is served; every other is answered `UNIMPLEMENTED`. */
const METHOD = '/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources';

/** Bytes. A reconnecting proxy names every resource that it has in one request. */
const MAX_REQUEST = 64 << 20;

/** Who calls, for `authorize`. */
export interface Peer {
  /** `address:port`, or a description of a unix socket. */
  readonly address: string;
  /** The client certificate (DER) that the TLS handshake verified. */
  readonly certificate?: Uint8Array;
}

/** A stream that opened or closed. */
export interface StreamEvent {
  readonly event: 'opened' | 'closed' | 'denied';
  readonly peer: string;
  /** Absent if denied. */
  readonly id?: number;
  readonly fleet?: string;
  readonly node?: string;
}

/** One connected proxy, for people. */
export interface StreamStatus {
  readonly id: number;
  readonly fleet: string;
  readonly peer: string;
  /** Envoy's node id; empty before its first request. */
  readonly node: string;
  /** ms since the epoch. */
  readonly since: number;
  readonly types: readonly TypeStatus[];
}

export interface XdsServerOptions extends HubOptions {
  /** Default `127.0.0.1`. Without `credentials` only a loopback address or a `unix:` path is allowed. */
  readonly address?: string;
  /** Default 0: any free port. Not used with a unix socket. */
  readonly port?: number;
  /** Default: no TLS. */
  readonly credentials?: ServerCredentials;
  /**
   * With `credentials`: after about so long, ms, a connection takes no new streams, so that the next one is by the
   * certificates of that time. Streams go on. Default: an hour.
   */
  readonly connectionAgeMs?: number;
  /** The fleet of a caller, asked on every RPC and `review()`; undefined denies it. Default: everyone is of the fleet `standalone`. */
  readonly authorize?: (peer: Peer) => string | undefined;
  readonly onStream?: (event: StreamEvent) => void;
  /** Registers what else is served on the port; authorises its own callers. */
  readonly extend?: (server: Server) => void;
}

/** A Delta ADS server for the resources of a graph. */
export interface XdsServer {
  /** Starts to listen; returns the port, 0 for a unix socket. Streams wait until `ready()`. Throws if the port is taken. */
  start(): Promise<number>;
  /** The first configuration is complete, and streams are answered from now on. */
  ready(): void;
  /** Takes over what a commit changed. Responses that may go at once are written before it returns. */
  apply(batch: Batch): void;
  streams(): readonly StreamStatus[];
  /** Ends the streams of callers that would be denied by now, or be of another fleet. With `credentials` also done by itself. */
  review(): void;
  /** Ends all streams and connections; whoever comes back has to show again who it is. */
  disconnect(): void;
  /** Ends all streams and stops to listen. */
  stop(): Promise<void>;
}

const HOUR = 60 * 60 * 1_000;
/** Between reviews, ms. */
const REVIEW = 60_000;
/** For the last messages of connections that are ended, ms. */
const GRACE = 500;

type Call = ServerDuplexStream<DeltaDiscoveryRequest, Uint8Array>;

/** Creates a server; see `XdsServer.start`. */
export function createXdsServer(options: XdsServerOptions): XdsServer {
  const address = options.address ?? '127.0.0.1';
  if (options.credentials === undefined && !isLocal(address)) {
    throw new Error(`xDS without TLS is only for loopback addresses, not ${address}`);
  }
  const authorize = options.authorize ?? ((): string => 'standalone');
  const hub = new Hub(options);
  const connections = new Map<Call, { stream: Stream; peer: Peer; status: () => StreamStatus }>();
  const host = isIP(address) === 6 ? `[${address}]` : address;
  let streams = 0;
  let port = options.port ?? 0;
  let reviews: NodeJS.Timeout | undefined;

  const server = new Server({
    'grpc.max_receive_message_length': MAX_REQUEST,
    'grpc.max_send_message_length': -1,
    'grpc.keepalive_time_ms': 30_000,
    'grpc.keepalive_timeout_ms': 20_000,
    'grpc.enable_channelz': 0,
    ...(options.credentials === undefined
      ? {}
      : { 'grpc.max_connection_age_ms': options.connectionAgeMs ?? HOUR }),
  });
  server.register(
    METHOD,
    connect,
    (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    decodeRequest,
    'bidi',
  );
  options.extend?.(server);

  function connect(call: Call): void {
    const caller = peerOf(call);
    const { address: peer } = caller;
    const fleet = authorize(caller);
    if (fleet === undefined) {
      options.onStream?.({ event: 'denied', peer });
      call.on('error', () => {});
      fail(call, DENIED);
      return;
    }
    const id = ++streams;
    const since = Date.now();
    let node = '';
    let open = true;
    const stream = hub.open(fleet, (content) => {
      if (open && !call.write(encodeResponse(content))) stream.setWritable(false);
    });
    const event = (): Omit<StreamEvent, 'event'> => ({ peer, id, fleet, node });
    const close = (): void => {
      if (!open) return;
      open = false;
      connections.delete(call);
      stream.close();
      options.onStream?.({ event: 'closed', ...event() });
    };
    connections.set(call, {
      stream,
      peer: caller,
      status: () => ({ id, fleet, peer, node, since, types: stream.status() }),
    });
    call.on('data', (request: DeltaDiscoveryRequest) => {
      if (!open) return;
      if (node === '') node = request.node?.id ?? '';
      stream.request(request);
    });
    call.on('drain', () => stream.setWritable(true));
    call.on('end', () => {
      close();
      call.end();
    });
    call.on('cancelled', close);
    call.on('error', close);
    call.on('close', close);
    options.onStream?.({ event: 'opened', ...event() });
  }

  function target(): string {
    return address.startsWith('unix:') ? address : `${host}:${port}`;
  }

  function review(): void {
    for (const [call, { stream, peer }] of connections) {
      if (authorize(peer) !== stream.fleet) fail(call, DENIED);
    }
  }

  return {
    start: () =>
      new Promise((resolve, reject) => {
        const credentials = options.credentials ?? ServerCredentials.createInsecure();
        server.bindAsync(target(), credentials, (error, bound) => {
          if (error !== null) return reject(error);
          port = bound;
          if (options.credentials !== undefined) reviews = setInterval(review, REVIEW);
          resolve(bound);
        });
      }),
    ready: () => hub.ready(),
    apply: (batch) => hub.apply(batch),
    streams: () => [...connections.values()].map(({ status }) => status()),
    review,
    disconnect() {
      for (const call of connections.keys()) fail(call, REPLACED);
      server.drain(target(), GRACE);
    },
    stop: () =>
      new Promise((resolve) => {
        clearInterval(reviews);
        for (const call of connections.keys()) call.end();
        // A proxy keeps its connection when its stream ends; it is closed for it.
        const force = setTimeout(() => server.forceShutdown(), 250);
        server.tryShutdown(() => {
          clearTimeout(force);
          resolve();
        });
      }),
  };
}

function isLocal(address: string): boolean {
  return address.startsWith('unix:') || address === 'localhost' || address === '::1' ||
    (isIP(address) === 4 && address.startsWith('127.'));
}

/** Who makes an RPC, of any method. */
export function peerOf(call: Pick<Call, 'getPeer' | 'getAuthContext'>): Peer {
  const certificate = call.getAuthContext().sslPeerCertificate?.raw;
  return { address: call.getPeer(), ...(certificate === undefined ? {} : { certificate }) };
}

const DENIED = { code: status.PERMISSION_DENIED, details: 'not a proxy of any fleet' };
const REPLACED = { code: status.UNAVAILABLE, details: 'all connections are ended' };

function fail(call: Call, error: { readonly code: status; readonly details: string }): void {
  call.emit('error', error);
}
