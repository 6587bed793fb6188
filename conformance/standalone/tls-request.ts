import { type IncomingHttpHeaders, request as httpRequest } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { connect, type PeerCertificate, type TLSSocket } from 'node:tls';
import type { SeenRequest } from '../../lib/echo/mod.ts';
import type { Pair } from './certificates.ts';
import { Http2Client } from './http2-request.ts';

export interface TlsOptions {
  readonly port: number;
  readonly address?: string;
  /** SNI; none is sent without it. */
  readonly serverName?: string;
  /** PEM; whatever the server shows is taken without it. */
  readonly ca?: string;
  readonly client?: Pair;
  /** `http/1.1` unless told. */
  readonly alpn?: readonly string[];
}

export interface TlsRequestOptions extends TlsOptions {
  /** The server name unless told. */
  readonly host?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface TlsAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly seen: SeenRequest | undefined;
  /** Common name of the certificate that the server showed. */
  readonly certificate: string;
}

/** Connects, and resolves when the handshake is done; a server of TLS 1.3 may still refuse the client's certificate. */
export function connectTls(options: TlsOptions): Promise<TLSSocket> {
  const { port, address = '127.0.0.1', serverName, ca, client, alpn = ['http/1.1'] } = options;
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: address,
      port,
      ...(serverName === undefined ? {} : { servername: serverName }),
      ...(ca === undefined ? { rejectUnauthorized: false } : { ca }),
      ...(client === undefined ? {} : { cert: client.cert, key: client.key }),
      ALPNProtocols: [...alpn],
      ...(serverName === undefined ? { checkServerIdentity: () => undefined } : {}),
    });
    socket.once('secureConnect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
    socket.once('error', reject);
  });
}

/** One HTTP/1.1 request on a connection of its own. Rejects if the handshake fails or the connection ends unanswered. */
export async function sendTls(options: TlsRequestOptions): Promise<TlsAnswer> {
  const socket = await connectTls(options);
  const certificate = commonName(socket.getPeerCertificate());
  try {
    return { ...await request(socket, options), certificate };
  } finally {
    socket.destroy();
  }
}

function request(socket: TLSSocket, options: TlsRequestOptions): Promise<Omit<TlsAnswer, 'certificate'>> {
  const { serverName, host = serverName ?? '127.0.0.1', path = '/', headers = {} } = options;
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest({
      path,
      headers: { ...headers, host },
      createConnection: () => socket,
    }, (incoming) => {
      const chunks: Uint8Array[] = [];
      incoming.on('data', (chunk: Uint8Array) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () => {
        const body = Buffer.concat(chunks).toString();
        const seen = body.startsWith('{') ? JSON.parse(body) as SeenRequest : undefined;
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body, seen });
      });
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}

/** HTTP/2 over TLS. */
export async function connectTlsHttp2(options: TlsOptions): Promise<Http2Client> {
  const socket = await connectTls({ ...options, alpn: ['h2'] });
  if (socket.alpnProtocol !== 'h2') {
    socket.destroy();
    throw new Error('the server does not speak HTTP/2');
  }
  return new Http2Client(connectHttp2('https://localhost', { createConnection: () => socket }));
}

export function commonName({ subject }: PeerCertificate): string {
  return String(subject?.CN ?? '');
}
