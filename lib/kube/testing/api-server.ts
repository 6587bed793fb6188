/** An API server in memory, for tests: what the real one does with lists, watches, versions and faults. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Server, Socket } from 'node:net';

import { type KeyPair, selfSigned } from '../../cli/certificate.ts';
import type { Connection } from '../connection.ts';
import { isBuiltIn, type RawMeta, type RawObject, type ResourceType } from '../resource.ts';
import { collectionOf, type Identity, keyOf, ObjectStore, type StoredEvent } from './object-store.ts';
import { apply, mergePatch } from './patch.ts';

type Fields = Readonly<Record<string, unknown>>;
type Texts = Readonly<Record<string, string>>;

/** A request as the server saw it. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Texts;
  readonly body: unknown;
  readonly headers: IncomingMessage['headers'];
  readonly isWatch: boolean;
}

/** What happens to a request in place of its answer. */
export type Fault =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly text?: string }
  /** The connection is closed. */
  | 'drop'
  /** It is done, and then the connection is closed. */
  | 'lose'
  /** Nothing is answered, ever. */
  | 'hang';

/** The newest HTTP that the server speaks, and whether over TLS. */
export type Protocol = 'http/1.1' | 'https/1.1' | 'https/2';

interface Target extends Partial<Identity> {
  readonly type: ResourceType;
  readonly version: string;
  readonly subresource?: string | undefined;
}

interface OpenWatch {
  readonly collection: string;
  readonly response: ServerResponse;
  readonly query: Texts;
  readonly send: (type: string, object: unknown) => void;
}

const definitions: ResourceType = {
  group: 'apiextensions.k8s.io',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  namespaced: false,
  versions: ['v1'],
};

export class FakeApiServer {
  readonly store: ObjectStore = new ObjectStore();
  readonly requests: SeenRequest[] = [];
  /** Asked for every request; `undefined` lets it be answered. */
  fault: (request: SeenRequest) => Fault | undefined = () => undefined;
  /** Writes that changed nothing. */
  idleWrites = 0;
  /** What is left of an object that is written: fields that the schema does not know go. */
  prune: (object: Fields) => Fields = (object) => object;
  /** Whether lists are streamed. */
  streamsLists = true;
  /** Whether the end of a list that is streamed is told. */
  endsLists = true;
  /** How long answers take, ms. */
  delayMs = 0;
  readonly #served = new Map<string, ResourceType>([[collectionOf(definitions), definitions]]);
  readonly #applied = new Map<string, unknown>();
  readonly #watches = new Set<OpenWatch>();
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  readonly #ca: string | undefined;

  private constructor(protocol: Protocol, { certificate, privateKey }: Partial<KeyPair> = {}) {
    const answer = (request: IncomingMessage, response: ServerResponse): void =>
      void this.#answer(request, response);
    const tls = { cert: certificate, key: privateKey };
    this.#ca = certificate;
    if (protocol === 'http/1.1') this.#server = createServer(answer);
    else if (protocol === 'https/1.1') this.#server = createHttpsServer(tls, answer);
    // What it gives is like that of HTTP/1.1, as far as this asks.
    else {this.#server = createSecureServer(
        tls,
        answer as unknown as (request: Http2ServerRequest, response: Http2ServerResponse) => void,
      );}
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  static async start(
    types: readonly ResourceType[],
    { protocol = 'http/1.1' }: { readonly protocol?: Protocol } = {},
  ): Promise<FakeApiServer> {
    const pair = protocol === 'http/1.1' ? undefined : await selfSigned(['127.0.0.1'], 1);
    const server = new FakeApiServer(protocol, pair);
    for (const type of types) server.serve(type);
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    server.store.subscribe((event) => server.#publish(event));
    return server;
  }

  get connection(): Connection {
    const { port } = this.#server.address() as AddressInfo;
    return {
      server: `${this.#ca === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
      namespace: 'dragoman-system',
      credentials: () => Promise.resolve({ headers: {}, tls: { ca: this.#ca } }),
    };
  }

  /** Begins to serve a kind, in some versions; custom ones get their definition. */
  serve(
    type: ResourceType,
    { annotations = {} }: { readonly annotations?: Readonly<Record<string, string>> } = {},
  ): void {
    this.#served.set(collectionOf(type), type);
    if (isBuiltIn(type)) return;
    this.store.put(collectionOf(definitions), {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `${type.plural}.${type.group}`, annotations },
      spec: { versions: type.versions.map((name) => ({ name, served: true })) },
      status: { conditions: [{ type: 'Established', status: 'True' }] },
    });
  }

  /** Removes a kind with all its objects, as the deletion of its definition does. */
  unserve(type: ResourceType): void {
    for (const { metadata } of this.store.list(collectionOf(type))) {
      this.store.delete(collectionOf(type), metadata);
    }
    this.#served.delete(collectionOf(type));
    this.store.delete(collectionOf(definitions), { name: `${type.plural}.${type.group}` });
    this.endWatches(type);
  }

  serves(type: ResourceType): boolean {
    return this.#served.has(collectionOf(type));
  }

  put(type: ResourceType, object: Fields): RawObject {
    return this.store.put(collectionOf(type), object);
  }

  list(type: ResourceType): readonly RawObject[] {
    return this.store.list(collectionOf(type));
  }

  get(type: ResourceType, identity: Identity): RawObject | undefined {
    return this.store.get(collectionOf(type), identity);
  }

  delete(type: ResourceType, identity: Identity): void {
    this.store.delete(collectionOf(type), identity);
  }

  /** Sends all watches, or those of a kind, the version up to which they have seen everything. */
  bookmark(type?: ResourceType): void {
    for (const { send } of this.#open(type)) send('BOOKMARK', bookmarkOf(this.store.resourceVersion));
  }

  /** Ends watches as the server does in time. */
  endWatches(type?: ResourceType): void {
    for (const watch of this.#open(type)) {
      this.#watches.delete(watch);
      watch.response.end();
    }
  }

  /** Breaks all connections. */
  dropConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** How many connections there are. */
  get connections(): number {
    return this.#sockets.size;
  }

  watchCount(type?: ResourceType): number {
    return this.#open(type).length;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.dropConnections();
    await closed;
  }

  #open(type?: ResourceType): OpenWatch[] {
    return [...this.#watches].filter(({ collection }) =>
      type === undefined || collection === collectionOf(type)
    );
  }

  #publish(event: StoredEvent): void {
    for (const watch of this.#watches) if (watch.collection === event.collection) show(event, watch);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://server');
    const query = Object.fromEntries(url.searchParams);
    let body: unknown;
    try {
      body = await readBody(request);
    } catch (error) {
      // Who asked has gone meanwhile.
      if (request.destroyed) return;
      throw error;
    }
    const seen: SeenRequest = {
      method: request.method ?? 'GET',
      path: url.pathname,
      query,
      body,
      headers: request.headers,
      isWatch: query['watch'] === 'true',
    };
    this.requests.push(seen);
    const fault = this.fault(seen);
    if (fault === 'drop') {
      // A socket of HTTP/2 is shared, and what stands for it ends one stream alone.
      return request.httpVersion === '2.0' ? this.dropConnections() : void request.socket.destroy();
    }
    if (fault === 'hang') return;
    if (fault === 'lose') {
      response.writeHead = (): ServerResponse => response;
      response.end = (): ServerResponse => response.destroy();
    }
    if (this.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, this.delayMs));
    if (typeof fault === 'object') return refuse(response, fault.status, fault);
    const partial = /as=(\w+)/.exec(request.headers.accept ?? '')?.[1];
    if (partial !== undefined && partial.endsWith('List') === seen.isWatch) return refuse(response, 406);
    const discovered = this.#discovery(url.pathname);
    if (discovered !== undefined) return reply(response, 200, discovered);
    const target = this.#targetOf(url.pathname);
    if (target === undefined) return refuse(response, 404, { text: '404 page not found' });
    if (seen.isWatch) this.#watch(response, { target, query });
    else if (target.name === undefined && seen.method === 'GET') this.#list(response, { target, query });
    else this.#one(response, { target, seen });
  }

  /** What a group has, and what a version of it, of kinds of Kubernetes itself. */
  #discovery(path: string): Fields | undefined {
    const [, group, version] = /^\/apis\/([^/]+)(?:\/([^/]+))?$/.exec(path) ?? [];
    const types = [...this.#served.values()].filter((type) => type.group === group && isBuiltIn(type));
    if (types.length === 0) return undefined;
    if (version === undefined) {
      const versions = [...new Set(types.flatMap(({ versions }) => versions))].map((each) => ({
        version: each,
      }));
      return { kind: 'APIGroup', versions };
    }
    const served = types.filter(({ versions }) => versions.includes(version));
    return { kind: 'APIResourceList', resources: served.map(({ plural }) => ({ name: plural })) };
  }

  #targetOf(path: string): Target | undefined {
    const parts = path.split('/').filter(Boolean).map(decodeURIComponent);
    const [root, ...rest] = parts;
    const group = root === 'api' ? '' : rest.shift() ?? '';
    const version = rest.shift() ?? '';
    const namespaced = rest[0] === 'namespaces' && rest.length > 2;
    const namespace = namespaced ? rest[1] : undefined;
    const [plural = '', name, subresource] = namespaced ? rest.slice(2) : rest;
    const type = this.#served.get(collectionOf({ plural, group }));
    if (type?.versions.includes(version) !== true) return undefined;
    return { type, version, namespace, subresource, ...(name === undefined ? {} : { name }) };
  }

  #list(
    response: ServerResponse,
    { target, query }: { readonly target: Target; readonly query: Texts },
  ): void {
    const [version = '', after = ''] = (query['continue'] ?? `${this.store.resourceVersion}|`).split('|');
    if (Number(version) < this.store.compacted) return refuse(response, 410, { reason: 'Expired' });
    const rest = this.#selected(target, query).filter(({ metadata }) => keyOf(metadata) > after);
    const page = rest.slice(0, Number(query['limit'] ?? rest.length));
    const last = page.at(-1);
    // Lists of built-in kinds do not say of each item what it is.
    const items = page.map((item) => ({ ...item, kind: undefined, apiVersion: undefined }));
    const metadata = {
      resourceVersion: version,
      ...(last !== undefined && page.length < rest.length
        ? { continue: `${version}|${keyOf(last.metadata)}` }
        : {}),
    };
    reply(response, 200, { kind: `${target.type.kind}List`, apiVersion: 'v1', metadata, items });
  }

  #watch(
    response: ServerResponse,
    { target, query }: { readonly target: Target; readonly query: Texts },
  ): void {
    const collection = collectionOf(target.type);
    const initial = query['sendInitialEvents'] === 'true';
    if (initial && !this.streamsLists) {
      return refuse(response, 422, { reason: 'Invalid', text: 'sendInitialEvents is forbidden' });
    }
    response.writeHead(200, { 'content-type': 'application/json' });
    const send = (type: string, object: unknown): void => {
      response.write(`${JSON.stringify({ type, object })}\n`);
    };
    const watch: OpenWatch = { collection, response, query, send };
    const from = Number(query['resourceVersion'] ?? 0);
    if (!initial && from < this.store.compacted) {
      send('ERROR', { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' });
      return void response.end();
    }
    response.flushHeaders();
    if (initial) {
      for (const object of this.#selected(target, query)) send('ADDED', object);
      if (this.endsLists) {
        send('BOOKMARK', bookmarkOf(this.store.resourceVersion, { 'k8s.io/initial-events-end': 'true' }));
      }
    } else for (const event of this.store.since(collection, from)) show(event, watch);
    this.#watches.add(watch);
    response.on('close', () => this.#watches.delete(watch));
  }

  #selected({ type, namespace }: Target, query: Texts): readonly RawObject[] {
    return this.store.list(collectionOf(type)).filter((object) =>
      (namespace === undefined || object.metadata.namespace === namespace) && matches(object, query)
    );
  }

  #one(
    response: ServerResponse,
    { target, seen }: { readonly target: Target; readonly seen: SeenRequest },
  ): void {
    const { type, subresource } = target;
    const collection = collectionOf(type);
    const sent = seen.body as { readonly metadata?: RawMeta; readonly preconditions?: RawMeta } | undefined;
    const name = target.name ?? sent?.metadata?.name ?? '';
    const identity: Identity = type.namespaced ? { namespace: target.namespace, name } : { name };
    const before = this.store.get(collection, identity);
    const creates = seen.method === 'POST' || seen.headers['content-type'] === 'application/apply-patch+yaml';
    if (before === undefined && !creates) return refuse(response, 404);
    if (before !== undefined && seen.method === 'POST') {
      return refuse(response, 409, { reason: 'AlreadyExists' });
    }
    const expected = seen.method === 'DELETE' ? sent?.preconditions : sent?.metadata;
    for (const field of ['resourceVersion', 'uid'] as const) {
      const value = expected?.[field];
      if (value !== undefined && value !== before?.metadata[field]) return refuse(response, 409);
    }
    if (seen.method === 'GET') return reply(response, 200, before);
    if (seen.method === 'DELETE') {
      this.store.delete(collection, identity);
      return reply(response, 200, { kind: 'Status', status: 'Success' });
    }
    const after = this.#changed(before, { seen, id: `${collection}/${identity.namespace}/${name}` });
    const { status: oldStatus, ...oldRest } = (before ?? {}) as Fields;
    const { status: newStatus, ...newRest } = after;
    const merged = subresource === 'status'
      ? { ...oldRest, status: newStatus }
      : { ...newRest, ...(oldStatus === undefined ? {} : { status: oldStatus }) };
    const { metadata } = merged as { readonly metadata: RawMeta };
    const stored = this.store.put(
      collection,
      this.prune({ ...merged, metadata: { ...metadata, ...identity } }),
    );
    if (stored === before) this.idleWrites++;
    reply(response, before === undefined ? 201 : 200, stored);
  }

  #changed(
    before: RawObject | undefined,
    { seen, id }: { readonly seen: SeenRequest; readonly id: string },
  ): Fields {
    const { method, body } = seen;
    if (method !== 'PATCH') return body as Fields;
    if (seen.headers['content-type'] !== 'application/apply-patch+yaml') {
      return mergePatch(before, body) as Fields;
    }
    const after = apply(before, { before: this.#applied.get(id), now: body });
    this.#applied.set(id, body);
    return after as Fields;
  }
}

function matches(object: RawObject, query: Texts): boolean {
  for (const term of (query['labelSelector'] ?? '').split(',').filter(Boolean)) {
    const [name = '', value] = term.split('=');
    if (object.metadata.labels?.[name] !== value) return false;
  }
  for (const term of (query['fieldSelector'] ?? '').split(',').filter(Boolean)) {
    const [field = '', value] = term.split('!=');
    if (object[field] === value) return false;
  }
  return true;
}

/** To who selects some objects, one that stops to be among them is deleted. */
function show({ type, before, object }: StoredEvent, { query, send }: OpenWatch): void {
  const was = before !== undefined && matches(before, query);
  const is = type !== 'DELETED' && matches(object, query);
  if (is) send(was ? 'MODIFIED' : 'ADDED', object);
  else if (was) send('DELETED', object);
}

function bookmarkOf(resourceVersion: number, annotations?: Readonly<Record<string, string>>): unknown {
  return { metadata: { resourceVersion: String(resourceVersion), ...(annotations ? { annotations } : {}) } };
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  return text === '' ? undefined : JSON.parse(text);
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

interface Refusal {
  readonly headers?: Readonly<Record<string, string>>;
  readonly reason?: string;
  readonly text?: string;
}

function refuse(response: ServerResponse, status: number, { headers, reason, text }: Refusal = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(
    JSON.stringify({ kind: 'Status', status: 'Failure', code: status, reason, message: text ?? '' }),
  );
}
