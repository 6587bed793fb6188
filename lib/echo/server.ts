import { createServer as createHttp, type IncomingMessage } from 'node:http';
import { createServer as createHttp2, type Http2ServerRequest } from 'node:http2';
import { type AddressInfo, createServer as createTcp, type Server, type Socket } from 'node:net';
import { createServer as createTls, type TLSSocket } from 'node:tls';

import { bodyText, plainHeaders, replyTo, type SeenRequest, type SeenTls } from './answer.ts';
import { echoWebSocket } from './websocket.ts';

export interface EchoOptions {
  /** What it calls itself in its answers; printable ASCII. */
  readonly name: string;
  /** 127.0.0.1 by default. */
  readonly host?: string;
  /** Any free port by default. */
  readonly port?: number;
  readonly tls?: EchoTls;
  /** Told of each request before it is answered. */
  readonly onRequest?: (seen: SeenRequest) => void;
}

/** PEM texts. */
export interface EchoTls {
  readonly cert: string;
  readonly key: string;
  /** Asks clients for a certificate, and refuses those that none of these signed. */
  readonly clientCa?: string;
}

export interface Echo extends AsyncDisposable {
  readonly name: string;
  readonly host: string;
  /** The port that was bound. */
  readonly port: number;
  /** Ends the open connections, too. */
  close(): Promise<void>;
}

/** A WebSocket says so in its first bytes, HTTP/2 as well. */
const http2Preface = 'PRI * HTTP/2.0';

/**
 * Starts a backend that answers every request with a `SeenRequest` as JSON, over HTTP/1, HTTP/2 (also without TLS) and
 * WebSocket. Rejects with the system's error, such as `EADDRINUSE`.
 */
export async function startEcho(options: EchoOptions): Promise<Echo> {
  const { name, host = '127.0.0.1', port = 0, tls } = options;
  const sockets = new Set<Socket>();
  const http = createHttp((request, response) => void answer(options, request, response));
  // An idle connection is for the proxy to end: closed here, it would be as a request comes by it.
  http.keepAliveTimeout = 0;
  http.on('upgrade', (request, socket) => echoWebSocket(request, socket, { name }));
  const http2 = createHttp2((request, response) => void answer(options, request, response));
  const accept = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.once('readable', () => {
      const first: Uint8Array | null = socket.read();
      if (first === null) return;
      socket.unshift(first);
      const start = Buffer.from(first).toString('latin1', 0, http2Preface.length);
      (start === http2Preface ? http2 : http).emit('connection', socket);
    });
  };
  const server: Server = tls === undefined ? createTcp(accept) : createTls({
    cert: tls.cert,
    key: tls.key,
    ALPNProtocols: ['h2', 'http/1.1'],
    ...(tls.clientCa === undefined ? {} : { ca: tls.clientCa, requestCert: true, rejectUnauthorized: true }),
  }, accept);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, resolve);
  });
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  const bound = (server.address() as AddressInfo).port;
  return { name, host, port: bound, close, [Symbol.asyncDispose]: close };
}

/** What the responses of HTTP/1 and HTTP/2 have in common. */
interface Answering {
  statusCode: number;
  setHeader(name: string, value: string | number): unknown;
  write(text: string): boolean;
  end(): unknown;
}

async function answer(
  { name, onRequest }: EchoOptions,
  request: IncomingMessage | Http2ServerRequest,
  response: Answering,
): Promise<void> {
  const path = request.url ?? '/';
  const { status, delayMs, headers } = replyTo(path, request.headers);
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk as Uint8Array);
  } catch {
    // The client went away: nobody waits for an answer.
    return;
  }
  const bytes = Buffer.concat(chunks);
  const body = bodyText(bytes);
  const seenTls = tlsOf(request.socket);
  const seen: SeenRequest = {
    name,
    method: request.method ?? 'GET',
    path,
    httpVersion: request.httpVersion === '2.0' ? '2' : request.httpVersion,
    host: hostOf(request),
    headers: plainHeaders(request.headers),
    bodyBytes: bytes.length,
    ...(body === undefined ? {} : { body }),
    from: `${request.socket.remoteAddress}:${request.socket.remotePort}`,
    ...(seenTls === undefined ? {} : { tls: seenTls }),
  };
  onRequest?.(seen);
  const send = (): void => {
    const text = `${JSON.stringify(seen, null, 2)}\n`;
    const hasBody = status !== 204 && status !== 304;
    response.statusCode = status;
    response.setHeader('content-type', 'application/json');
    response.setHeader('x-echo-name', name);
    for (const [header, value] of Object.entries(headers)) response.setHeader(header, value);
    if (hasBody) response.setHeader('content-length', Buffer.byteLength(text));
    if (hasBody && request.method !== 'HEAD') response.write(text);
    response.end();
  };
  if (delayMs === 0) send();
  else setTimeout(send, delayMs);
}

function hostOf(request: IncomingMessage | Http2ServerRequest): string {
  const authority = request.headers[':authority'];
  return typeof authority === 'string' ? authority : request.headers.host ?? '';
}

function tlsOf(socket: Socket): SeenTls | undefined {
  const secure = socket as Partial<TLSSocket>;
  if (typeof secure.getProtocol !== 'function' || secure.encrypted !== true) return undefined;
  const certificate = secure.getPeerCertificate?.();
  const { servername, alpnProtocol } = secure as {
    servername?: string | false;
    alpnProtocol?: string | false | null;
  };
  return {
    version: secure.getProtocol() ?? '',
    ...(servername ? { serverName: servername } : {}),
    ...(alpnProtocol ? { alpn: alpnProtocol } : {}),
    ...(certificate?.subject === undefined ? {} : {
      clientCertificate: {
        subject: nameOf(certificate.subject),
        issuer: nameOf(certificate.issuer),
        fingerprint256: certificate.fingerprint256,
      },
    }),
  };
}

/** `CN=client, O=Example`. */
function nameOf(parts: object): string {
  return Object.entries(parts).map(([key, value]) => `${key}=${String(value)}`).join(', ');
}
