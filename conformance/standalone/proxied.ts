/** Connections that begin with the PROXY protocol, as a package that we did not write makes and reads it. */

import { createServer as createHttp, request as httpRequest } from 'node:http';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls, TLSSocket } from 'node:tls';
import {
  Command,
  INETProtocol,
  IPv4Address,
  IPv4ProxyAddress,
  Peer,
  TransportProtocol,
  V1ProxyProtocol,
  V2ProxyProtocol,
} from 'proxy-protocol-js';
import type { SeenRequest } from '../../lib/echo/mod.ts';
import type { Pair } from './certificates.ts';

export type Version = 'v1' | 'v2';

export interface Proxied {
  readonly port: number;
  /** The server name unless told. */
  readonly host?: string;
  /** None: the connection begins as others do. */
  readonly version?: Version;
  /** IPv4 address and port that the client is said to have. */
  readonly source?: readonly [address: string, port: number];
  /** Server name, and PEM of whom to trust: then there is TLS. */
  readonly tls?: { readonly serverName: string; readonly ca: string };
}

/** What the echo behind the proxy saw of a request; nothing if the connection is closed instead. */
export async function askProxied(options: Proxied): Promise<SeenRequest | undefined> {
  const socket = await open(options);
  try {
    return await ask(socket, options.host ?? options.tls?.serverName ?? 'www.example.com');
  } finally {
    socket.destroy();
  }
}

async function open({ port, version, source = ['127.0.0.1', 1], tls }: Proxied): Promise<Duplex> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => socket.destroy());
  if (version !== undefined) socket.write(header(version, source));
  if (tls === undefined) return socket;
  const secured = connectTls({ socket, servername: tls.serverName, ca: tls.ca });
  await new Promise((resolve) => secured.on('error', resolve).on('secureConnect', resolve));
  return secured;
}

function header(version: Version, [address, port]: NonNullable<Proxied['source']>): string | Uint8Array {
  if (version === 'v1') {
    return new V1ProxyProtocol(INETProtocol.TCP4, new Peer(address, port), new Peer('192.0.2.1', 443))
      .build();
  }
  const addresses = [address, '192.0.2.1'].map((text) => IPv4Address.createFrom(text.split('.').map(Number)));
  const [from = IPv4Address.createWithEmptyAddress(), to = from] = addresses;
  const peers = new IPv4ProxyAddress(from, port, to, 443);
  return new V2ProxyProtocol(Command.PROXY, TransportProtocol.STREAM, peers).build();
}

function ask(socket: Duplex, host: string): Promise<SeenRequest | undefined> {
  return new Promise((resolve) => {
    const outgoing = httpRequest({ headers: { host }, createConnection: () => socket }, (incoming) => {
      let body = '';
      incoming.setEncoding('utf8').on('data', (chunk: string) => body += chunk);
      incoming.on('end', () => resolve(body.startsWith('{') ? JSON.parse(body) as SeenRequest : undefined));
    });
    outgoing.setTimeout(5_000, () => outgoing.destroy());
    outgoing.on('error', () => resolve(undefined)).end();
  });
}

/** A backend that is told who its clients are: `source` of what it answers, as `address:port`. */
export interface ProxiedBackend extends AsyncDisposable {
  readonly port: number;
  /** Of each connection. */
  readonly sources: string[];
}

/** Closes connections that do not begin with the PROXY protocol of this version. */
export async function startProxiedBackend(version: Version, tls?: Pair): Promise<ProxiedBackend> {
  const sources: string[] = [];
  const sockets = new Set<Socket>();
  const http = createHttp(({ headers }, response) => {
    response.end(JSON.stringify({ name: version, headers }));
  });
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy());
    socket.once('readable', () => {
      const first: Uint8Array | null = socket.read();
      if (first === null) return;
      try {
        const { source, length } = read(version, first);
        sources.push(source);
        if (length < first.length) socket.unshift(first.subarray(length));
      } catch {
        socket.destroy();
        return;
      }
      http.emit(
        'connection',
        tls === undefined ? socket : new TLSSocket(socket, { isServer: true, cert: tls.cert, key: tls.key }),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    sources,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** Throws if the bytes begin with something else. */
function read(version: Version, bytes: Uint8Array): { readonly source: string; readonly length: number } {
  if (version === 'v1') {
    const text = Buffer.from(bytes).toString('latin1');
    const length = text.indexOf('\r\n') + 2;
    const { source } = V1ProxyProtocol.parse(text.slice(0, length));
    return { source: `${source.ipAddress}:${source.port}`, length };
  }
  const { proxyAddress } = V2ProxyProtocol.parse(bytes);
  if (!(proxyAddress instanceof IPv4ProxyAddress)) throw new Error('the address is not of IPv4');
  const { sourceAddress, sourcePort } = proxyAddress;
  return {
    source: `${sourceAddress.address.join('.')}:${sourcePort}`,
    length: 16 + Buffer.from(bytes).readUInt16BE(14),
  };
}
