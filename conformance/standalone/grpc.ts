/** gRPC backends and calls for tests, by a client and server that we did not write. Messages are JSON. */

import {
  type ChannelCredentials,
  Client,
  credentials,
  Metadata,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import type { Pair } from './certificates.ts';

/** A call as the backend saw it. */
export interface SeenCall {
  /** The backend's own name. */
  readonly name: string;
  /** `/service/method` */
  readonly path: string;
  readonly host: string;
  /** Names in lower case. */
  readonly metadata: Readonly<Record<string, unknown>>;
}

export interface GrpcBackend extends AsyncDisposable {
  readonly port: number;
  /** What it was asked, in order. */
  readonly calls: SeenCall[];
  /** How it answers health checks (`grpc.health.v1`), and what they were for, in order. */
  readonly health: {
    serving: boolean;
    readonly asked: { readonly service: string; readonly host: string }[];
  };
}

/** What backends serve: unary methods, but for `Watch`, which answers each message of a stream with itself. */
const METHODS = [
  'shop.Orders/Get',
  'shop.Orders/List',
  'shop.Orders/Watch',
  'shop.Carts/Get',
  'other.Api/Ping',
];

export async function startGrpcBackend(name: string, tls?: Pair): Promise<GrpcBackend> {
  const calls: SeenCall[] = [];
  const seen = (call: ServerUnaryCall<unknown, unknown> | ServerDuplexStream<unknown, unknown>): SeenCall => {
    const found = { name, path: call.getPath(), host: call.getHost(), metadata: call.metadata.getMap() };
    calls.push(found);
    return found;
  };
  const server = new Server();
  for (const method of METHODS) {
    const streams = method.endsWith('/Watch');
    const path = `/${method}`;
    if (streams) {
      const watch = (stream: ServerDuplexStream<unknown, unknown>): void => {
        seen(stream);
        stream.on('data', (message) => stream.write(message));
        stream.on('end', () => stream.end());
      };
      server.register(path, watch, serialize, deserialize, 'bidi');
    } else {
      const answer = (
        call: ServerUnaryCall<unknown, unknown>,
        done: (error: null, value: unknown) => void,
      ): void => done(null, seen(call));
      server.register(path, answer, serialize, deserialize, 'unary');
    }
  }
  const health: GrpcBackend['health'] = { serving: true, asked: [] };
  const bytes = (value: Buffer): Buffer => value;
  server.register(
    '/grpc.health.v1.Health/Check',
    (call: ServerUnaryCall<Buffer, Buffer>, done: (error: null, value: Buffer) => void): void => {
      // Each message has one field: the name of the service after its tag and length, and the status after its tag.
      health.asked.push({ service: call.request.subarray(2).toString(), host: call.getHost() });
      done(null, Buffer.from([8, health.serving ? 1 : 2]));
    },
    bytes,
    bytes,
    'unary',
  );
  const secured = tls === undefined
    ? ServerCredentials.createInsecure()
    : ServerCredentials.createSsl(null, [{
      cert_chain: Buffer.from(tls.cert),
      private_key: Buffer.from(tls.key),
    }]);
  return { ...await serve(server, secured), calls, health };
}

export interface Served extends AsyncDisposable {
  readonly port: number;
}

/** Serves on a free port of loopback, in cleartext unless told, until it is disposed of. */
export async function serve(
  server: Server,
  secured: ServerCredentials = ServerCredentials.createInsecure(),
): Promise<Served> {
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(
      '127.0.0.1:0',
      secured,
      (error, bound) => error === null ? resolve(bound) : reject(error),
    );
  });
  return {
    port,
    [Symbol.asyncDispose]: () => {
      server.forceShutdown();
      return Promise.resolve();
    },
  };
}

export interface GrpcTarget {
  readonly port: number;
  /** `:authority`, and the server name with TLS. */
  readonly host?: string;
  /** PEM of whom to trust; without it there is no TLS. */
  readonly ca?: string;
}

export interface GrpcAnswer {
  /** Name of the status, such as `OK`. */
  readonly code: string;
  readonly details: string;
  /** The backend's answer, if there is one. */
  readonly seen: SeenCall | undefined;
  /** Of the first headers. */
  readonly headers: Readonly<Record<string, unknown>>;
}

export interface GrpcStream {
  /** Sends a message and resolves to the answer; rejects if the stream fails instead. */
  ask(message: unknown): Promise<unknown>;
  end(): void;
  /** Resolves when it is over, whoever ended it. */
  readonly ended: Promise<unknown>;
}

/** Calls of one client, on a connection of its own. */
export class GrpcClient implements Disposable {
  readonly #client: Client;

  constructor({ port, host = 'www.example.com', ca }: GrpcTarget) {
    const options = { 'grpc.default_authority': host, 'grpc.ssl_target_name_override': host };
    this.#client = new Client(`127.0.0.1:${port}`, channel(ca), {
      ...options,
      'grpc.enable_retries': 0,
      // Clients of one process share connections to one address.
      'grpc.use_local_subchannel_pool': 1,
    });
  }

  /** A unary call of `service/method`. */
  call(method: string, metadata: Readonly<Record<string, string>> = {}): Promise<GrpcAnswer> {
    return new Promise((resolve) => {
      let headers: Readonly<Record<string, unknown>> = {};
      const call = this.#client.makeUnaryRequest(
        `/${method}`,
        serialize,
        deserialize,
        {},
        metadataOf(metadata),
        { deadline: Date.now() + 10_000 },
        (error: ServiceError | null, value?: unknown) => {
          resolve({
            code: status[error?.code ?? status.OK] ?? '',
            details: error?.details ?? '',
            seen: value as SeenCall | undefined,
            headers,
          });
        },
      );
      call.on('metadata', (received: Metadata) => {
        headers = received.getMap();
      });
    });
  }

  /** Sends messages one after the other, each after the answer to the last; resolves to the answers. */
  async stream(method: string, messages: readonly unknown[]): Promise<readonly unknown[]> {
    const stream = this.open(method);
    const answers: unknown[] = [];
    for (const message of messages) answers.push(await stream.ask(message));
    stream.end();
    return answers;
  }

  /** A stream that stays open. */
  open(method: string): GrpcStream {
    const stream = this.#client.makeBidiStreamRequest(`/${method}`, serialize, deserialize, new Metadata());
    // Questions report it.
    stream.on('error', () => {});
    return {
      ask: (message) =>
        new Promise((resolve, reject) => {
          const settle = (then: () => void) => (): void => {
            stream.off('data', answered).off('error', failed);
            then();
          };
          const answered = (answer: unknown): void => settle(() => resolve(answer))();
          const failed = (error: unknown): void => settle(() => reject(error))();
          stream.on('data', answered).on('error', failed);
          stream.write(message);
        }),
      end: () => stream.end(),
      ended: new Promise((resolve) => stream.on('close', resolve).on('error', resolve)),
    };
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }
}

function channel(ca: string | undefined): ChannelCredentials {
  return ca === undefined ? credentials.createInsecure() : credentials.createSsl(Buffer.from(ca));
}

function metadataOf(values: Readonly<Record<string, string>>): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(values)) metadata.set(name, value);
  return metadata;
}

function serialize(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

function deserialize(bytes: Buffer): unknown {
  return JSON.parse(bytes.toString());
}
