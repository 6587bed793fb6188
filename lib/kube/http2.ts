import { once } from 'node:events';
import * as http2 from 'node:http2';
import { isIP } from 'node:net';
import * as tls from 'node:tls';

import type { TlsSettings } from './credentials.ts';
import { type Answer, type Exchange, type Outgoing, PROBE_MS } from './exchange.ts';

/** All in ms. */
export interface Http2Timing {
  /** For a connection to be there. */
  readonly connectMs: number;
  /** Between pings. */
  readonly pingMs: number;
  /** A server that does not answer a ping for so long is taken for dead. */
  readonly pongMs: number;
}

const defaultTiming: Http2Timing = { connectMs: 30_000, pingMs: 15_000, pongMs: 15_000 };

/** Bytes that may be on their way: lists are long, and nothing that comes waits to be read. */
const STREAM_WINDOW = 4 << 20;
const CONNECTION_WINDOW = 16 << 20;

/** MB that Node lets one connection have. */
const MEMORY = 256;

/** What RFC 9113 would have a server allow at least; with fewer streams, requests would wait for watches to end. */
const STREAMS = 100;

/** The one connection that all requests to a server share, made when it is first needed and again when it is gone. */
export class Http2Connection {
  readonly #server: URL;
  /** Of all paths. */
  readonly #prefix: string;
  readonly #tls: TlsSettings;
  readonly #timing: Http2Timing;
  #session: Promise<http2.ClientHttp2Session | undefined> | undefined;
  #socket: tls.TLSSocket | undefined;

  constructor(base: string, settings: TlsSettings, timing: Partial<Http2Timing> = {}) {
    this.#server = new URL(base);
    this.#timing = { ...defaultTiming, ...timing };
    this.#prefix = this.#server.pathname.replace(/\/$/, '');
    this.#tls = settings;
  }

  async connect(): Promise<void> {
    await (this.#session ??= this.#establish());
  }

  /** `otherwise` makes the request if HTTP/2 does not serve. */
  send(outgoing: Outgoing, otherwise: () => Exchange): Exchange {
    const reused = this.#session !== undefined;
    const session = this.#session ??= this.#establish();
    const headers = {
      ...outgoing.headers,
      ':method': outgoing.method,
      ':path': this.#prefix + outgoing.path,
      ':authority': this.#server.host,
    };
    return new Http2Exchange(session, {
      headers,
      body: outgoing.body,
      reused,
      otherwise,
      onUseless: () => this.#forget(session),
    });
  }

  /** Takes no further requests; the connection ends with the last answer. */
  retire(): void {
    void this.#session?.then((session) => session?.close(), () => {});
  }

  /** Ends every exchange. */
  destroy(): void {
    void this.#session?.then((session) => session?.destroy(), () => {});
    this.#socket?.destroy();
  }

  #establish(): Promise<http2.ClientHttp2Session | undefined> {
    const session = this.#open().then((made) => {
      const forget = (): void => this.#forget(session);
      // What it has begun is still answered after a GOAWAY; what follows goes elsewhere.
      made?.once('goaway', forget).once('close', forget);
      return made;
    });
    session.catch(() => this.#forget(session));
    return session;
  }

  #forget(session: Promise<unknown>): void {
    if (this.#session === session) this.#session = undefined;
  }

  /** Nothing if the server prefers HTTP/1.1, or allows too few streams. */
  async #open(): Promise<http2.ClientHttp2Session | undefined> {
    const host = this.#server.hostname.replace(/^\[|\]$/g, '');
    const socket = this.#socket = tls.connect({
      host,
      port: Number(this.#server.port || 443),
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ...this.#tls,
      ALPNProtocols: ['h2', 'http/1.1'],
    });
    const { connectMs } = this.#timing;
    const late = new Error(`no connection within ${connectMs / 1_000} s`);
    const deadline = setTimeout(() => socket.destroy(late), connectMs);
    // Node does not tell a session of what breaks the socket before anything is asked.
    const broken = new Promise<never>((_, reject) => {
      socket.once('error', reject).once('close', () => reject(new Error('the connection was closed')));
    });
    try {
      await Promise.race([once(socket, 'secureConnect'), broken]);
      if (socket.alpnProtocol === 'h2') {
        const session = open(this.#server, socket, this.#timing);
        await Promise.race([once(session, 'remoteSettings'), broken]);
        if ((session.remoteSettings.maxConcurrentStreams ?? STREAMS) >= STREAMS) return session;
      }
    } catch (error) {
      socket.destroy();
      throw error;
    } finally {
      clearTimeout(deadline);
    }
    socket.destroy();
    return undefined;
  }
}

function open(
  server: URL,
  socket: tls.TLSSocket,
  { pingMs, pongMs }: Http2Timing,
): http2.ClientHttp2Session {
  const session = http2.connect(server, {
    createConnection: () => socket,
    settings: { enablePush: false, initialWindowSize: STREAM_WINDOW },
    maxSessionMemory: MEMORY,
  });
  socket.setKeepAlive(true, PROBE_MS);
  // Of every exchange that it ends, the exchange tells.
  session.on('error', () => {});
  session.once('connect', () => session.setLocalWindowSize(CONNECTION_WINDOW));
  // Where something is under way, the kernel asks nobody.
  const probes = setInterval(() => {
    // Only the other side's end of it closes it.
    if (session.destroyed) return clearInterval(probes);
    const silent = new Error(`no answer to a ping within ${pongMs / 1_000} s`);
    const deadline = setTimeout(() => {
      session.destroy(silent);
      // A session that was to end with its last answer waits for the other side to end the connection.
      socket.destroy();
    }, pongMs);
    deadline.unref();
    if (!session.ping(() => clearTimeout(deadline))) clearTimeout(deadline);
  }, pingMs);
  probes.unref();
  session.once('close', () => clearInterval(probes));
  return session;
}

interface Http2Request extends Pick<Outgoing, 'headers' | 'body'> {
  /** Whether the connection was there before. */
  readonly reused: boolean;
  readonly otherwise: () => Exchange;
  /** The connection takes no requests any more. */
  readonly onUseless: () => void;
}

class Http2Exchange implements Exchange {
  readonly answer: Promise<Answer>;
  readonly #request: Http2Request;
  #session: http2.ClientHttp2Session | undefined;
  #stream: http2.ClientHttp2Stream | undefined;
  #otherwise: Exchange | undefined;
  #destroyed = false;
  #unsent = false;

  constructor(session: Promise<http2.ClientHttp2Session | undefined>, request: Http2Request) {
    this.#request = request;
    this.answer = session.then((session) => this.#begin(session));
  }

  isStale(error: Error): boolean {
    if (this.#otherwise !== undefined) return this.#otherwise.isStale(error);
    if (this.#unsent || this.#stream?.rstCode === http2.constants.NGHTTP2_REFUSED_STREAM) return true;
    return this.#request.reused && this.#session !== undefined && hasEnded(this.#session);
  }

  destroy(): void {
    this.#destroyed = true;
    this.#otherwise?.destroy();
    this.#stream?.close(http2.constants.NGHTTP2_CANCEL);
    this.#stream?.destroy();
  }

  #begin(session: http2.ClientHttp2Session | undefined): Promise<Answer> {
    if (this.#destroyed) throw new Error('it is not wanted any more');
    const { body, otherwise } = this.#request;
    if (session === undefined) {
      this.#otherwise = otherwise();
      return this.#otherwise.answer;
    }
    this.#session = session;
    const stream = this.#stream = this.#open(session);
    if (body !== undefined) stream.end(body);
    return new Promise((resolve, reject) => {
      stream.once('response', (received) =>
        resolve({
          status: received[':status'] ?? 0,
          retryAfter: received['retry-after'],
          body: stream,
          isWhole: () => stream.rstCode === http2.constants.NGHTTP2_NO_ERROR,
        }));
      const failed = (error: Error): void => {
        if (hasEnded(session)) this.#request.onUseless();
        reject(error);
      };
      stream.on('error', failed);
      stream.once('close', () => failed(new Error('the connection was closed')));
    });
  }

  #open(session: http2.ClientHttp2Session): http2.ClientHttp2Stream {
    const { headers, body, onUseless } = this.#request;
    try {
      return session.request(headers, { endStream: body === undefined });
    } catch (error) {
      this.#unsent = true;
      onUseless();
      throw error;
    }
  }
}

function hasEnded({ closed, destroyed }: http2.ClientHttp2Session): boolean {
  return closed || destroyed;
}
