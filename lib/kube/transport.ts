import type { Agent } from 'node:http';

import type { Credentials, TlsSettings } from './credentials.ts';
import type { Exchange, Outgoing } from './exchange.ts';
import { http1Agent, Http1Exchange, retire } from './http1.ts';
import { Http2Connection } from './http2.ts';

/** Connections by one set of certificates. */
interface Connections {
  readonly tls: TlsSettings;
  readonly http1: Agent;
  /** Absent without TLS, by which the version of HTTP is agreed on. */
  readonly http2: Http2Connection | undefined;
}

/**
 * Requests to one server, over connections that are kept: by HTTP/2 where it can be had, so that dozens of watches need
 * one handshake and not one each.
 */
export class Transport {
  readonly #base: string;
  #connections: Connections | undefined;

  /** `base`: such as `https://10.0.0.1:6443`. */
  constructor(base: string) {
    this.#base = base;
  }

  send(outgoing: Outgoing, { tls, agent }: Pick<Credentials, 'tls' | 'agent'>): Exchange {
    // Behind a proxy the version cannot be agreed on.
    if (agent !== undefined) return new Http1Exchange(this.#base, outgoing, agent);
    const { http1, http2 } = this.#connectionsFor(tls);
    const otherwise = (): Exchange => new Http1Exchange(this.#base, outgoing, http1);
    return http2 === undefined ? otherwise() : http2.send(outgoing, otherwise);
  }

  /** Resolves when requests find a connection. */
  async connect({ tls, agent }: Pick<Credentials, 'tls' | 'agent'>): Promise<void> {
    if (agent === undefined) await this.#connectionsFor(tls).http2?.connect();
  }

  /** Ends all connections. */
  close(): void {
    this.#connections?.http1.destroy();
    this.#connections?.http2?.destroy();
    this.#connections = undefined;
  }

  #connectionsFor(tls: TlsSettings): Connections {
    const known = this.#connections;
    if (known !== undefined && sameTls(known.tls, tls)) return known;
    if (known !== undefined) {
      retire(known.http1);
      known.http2?.retire();
    }
    const settings = present(tls);
    const http1 = http1Agent(this.#base, settings);
    const http2 = this.#base.startsWith('http:') ? undefined : new Http2Connection(this.#base, settings);
    return this.#connections = { tls, http1, http2 };
  }
}

function sameTls(a: TlsSettings, b: TlsSettings): boolean {
  return a.ca === b.ca && a.cert === b.cert && a.key === b.key && a.servername === b.servername &&
    a.rejectUnauthorized === b.rejectUnauthorized;
}

function present(tls: TlsSettings): TlsSettings {
  return Object.fromEntries(Object.entries(tls).filter(([, value]) => value !== undefined));
}
