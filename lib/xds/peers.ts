import {
  type ChannelCredentials,
  Client,
  type ClientDuplexStream,
  type Server,
  type ServerDuplexStream,
  status,
} from '@grpc/grpc-js';
import type { DeliveryReport } from './delivery.ts';
import { decodeMessage, encodeMessage, type FleetRefusal, type PeerMessage } from './peer-message.ts';

/** Beside ADS on the same port: replicas tell the leader what their proxies run, and each other what proxies refuse. */
const METHOD = '/dragoman.v1.Peers/Exchange';

/** How long to wait before the leader is called again, ms: doubled from one to the other. */
const RETRY = { from: 100, to: 2_000 };

type Call = ServerDuplexStream<PeerMessage, PeerMessage>;

export interface PeerServerOptions {
  /** Whether a caller is a replica of the controller; asked on every call. */
  readonly authorize: (call: Pick<Call, 'getPeer' | 'getAuthContext'>) => boolean;
  /** Everything that is known to be refused, told to a replica that connects. */
  readonly refusals: () => readonly FleetRefusal[];
  readonly onReport: (replica: string, report: DeliveryReport) => void;
  readonly onRefusals: (refusals: readonly FleetRefusal[]) => void;
  /** A replica that reported is gone. */
  readonly onGone: (replica: string) => void;
}

/** The leader's side. */
export class PeerServer {
  readonly #options: PeerServerOptions;
  readonly #calls = new Set<Call>();
  #count = 0;

  constructor(options: PeerServerOptions) {
    this.#options = options;
  }

  register(server: Server): void {
    server.register(METHOD, (call: Call) => this.#connect(call), encodeMessage, decodeMessage, 'bidi');
  }

  /** Tells all connected replicas. */
  broadcast(refusals: readonly FleetRefusal[]): void {
    for (const call of this.#calls) call.write({ refusals });
  }

  #connect(call: Call): void {
    if (!this.#options.authorize(call)) {
      call.on('error', () => {});
      call.emit('error', { code: status.PERMISSION_DENIED, details: 'not a replica of the controller' });
      return;
    }
    const replica = `${call.getPeer()}#${++this.#count}`;
    const close = (): void => {
      if (!this.#calls.delete(call)) return;
      this.#options.onGone(replica);
    };
    this.#calls.add(call);
    call.on('data', ({ report, refusals }: PeerMessage) => {
      if (!this.#calls.has(call)) return;
      if (report !== undefined) this.#options.onReport(replica, report);
      if (refusals !== undefined && refusals.length > 0) this.#options.onRefusals(refusals);
    });
    call.on('end', () => {
      close();
      call.end();
    });
    for (const event of ['cancelled', 'error', 'close']) call.on(event, close);
    call.write({ refusals: this.#options.refusals() });
  }
}

export interface PeerLinkOptions {
  /** `address:port` of the leader. */
  readonly target: string;
  readonly credentials: ChannelCredentials;
  /** The name in the leader's certificate. */
  readonly serverName?: string;
  /** Everything that this replica knows: told when a call begins, and again after the leader could not keep up. */
  readonly state: () => PeerMessage;
  readonly onRefusals: (refusals: readonly FleetRefusal[]) => void;
}

/** A follower's side: calls the leader, and calls again whenever the call ends. */
export class PeerLink {
  readonly #options: PeerLinkOptions;
  readonly #client: Client;
  #call: ClientDuplexStream<PeerMessage, PeerMessage> | undefined;
  #congested = false;
  #retryIn = RETRY.from;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(options: PeerLinkOptions) {
    this.#options = options;
    const { target, credentials, serverName } = options;
    this.#client = new Client(target, credentials, {
      ...(serverName === undefined ? {} : { 'grpc.ssl_target_name_override': serverName }),
      'grpc.keepalive_time_ms': 5_000,
      'grpc.keepalive_timeout_ms': 5_000,
      'grpc.initial_reconnect_backoff_ms': RETRY.from,
      'grpc.max_reconnect_backoff_ms': RETRY.to,
    });
    this.#begin();
  }

  /** Tells the leader what changed. While there is no call nothing is lost: the next begins with everything. */
  send(message: PeerMessage): void {
    if (this.#call === undefined || this.#congested) return;
    this.#congested = !this.#call.write(message);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#call?.cancel();
    this.#client.close();
  }

  #begin(): void {
    const call = this.#client.makeBidiStreamRequest(METHOD, encodeMessage, decodeMessage);
    this.#call = call;
    call.on('data', ({ refusals }: PeerMessage) => {
      this.#retryIn = RETRY.from;
      if (refusals !== undefined && refusals.length > 0) this.#options.onRefusals(refusals);
    });
    call.on('drain', () => {
      if (!this.#congested || this.#call !== call) return;
      // What was left out meanwhile is in the state.
      this.#congested = !call.write(this.#options.state());
    });
    call.on('error', () => {});
    call.on('end', () => call.end());
    call.on('status', () => this.#again(call));
    this.#congested = !call.write(this.#options.state());
  }

  #again(call: ClientDuplexStream<PeerMessage, PeerMessage>): void {
    if (this.#call !== call || this.#closed) return;
    this.#call = undefined;
    this.#congested = false;
    this.#timer = setTimeout(() => this.#begin(), this.#retryIn);
    this.#retryIn = Math.min(this.#retryIn * 2, RETRY.to);
  }
}
