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
  readonly headers: Readonly<Record<string, string>>;
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
  const { serverName, host = serverName ?? '127.0.0.1', path = '/', headers = {} } = options;
  const socket = await connectTls(options);
  const certificate = commonName(socket.getPeerCertificate());
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join('');
  const text = await new Promise<string>((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    socket.on('data', (chunk: Uint8Array) => chunks.push(chunk));
    socket.on('error', reject);
    socket.on('close', () => resolve(Buffer.concat(chunks).toString()));
    socket.write(`GET ${path} HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n${lines}\r\n`);
  });
  return { ...parse(text), certificate };
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

function parse(text: string): Omit<TlsAnswer, 'certificate'> {
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const [line = '', ...fields] = head.split('\r\n');
  const status = Number(/^HTTP\/1\.1 (\d+)/.exec(line)?.[1]);
  if (!(status > 0)) throw new Error(`no answer but ${JSON.stringify(text.slice(0, 80))}`);
  const headers = Object.fromEntries(fields.map((field): [string, string] => {
    const colon = field.indexOf(':');
    return [field.slice(0, colon).toLowerCase(), field.slice(colon + 1).trim()];
  }));
  const raw = rest.join('\r\n\r\n');
  const body = headers['transfer-encoding'] === 'chunked' ? unchunk(raw) : raw;
  return { status, headers, body, seen: body.startsWith('{') ? JSON.parse(body) as SeenRequest : undefined };
}

function unchunk(text: string): string {
  let body = '';
  for (let rest = text;;) {
    const end = rest.indexOf('\r\n');
    const size = parseInt(rest.slice(0, end), 16);
    if (!(size > 0)) return body;
    body += rest.slice(end + 2, end + 2 + size);
    rest = rest.slice(end + 4 + size);
  }
}
