import type { IncomingHttpHeaders } from 'node:http';

/** One request as the backend saw it. */
export interface SeenRequest {
  /** The backend's own name. */
  readonly name: string;
  readonly method: string;
  /** With the query. */
  readonly path: string;
  /** `1.0`, `1.1` or `2`. */
  readonly httpVersion: string;
  readonly host: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly bodyBytes: number;
  /** At most 4 KiB of it; absent for none, and for what is no text. */
  readonly body?: string;
  /** `address:port` of who connected. */
  readonly from: string;
  readonly tls?: SeenTls;
}

/** How the connection was secured. */
export interface SeenTls {
  readonly version: string;
  readonly serverName?: string;
  readonly alpn?: string;
  readonly clientCertificate?: {
    readonly subject: string;
    readonly issuer: string;
    readonly fingerprint256: string;
  };
}

export interface Reply {
  readonly status: number;
  readonly delayMs: number;
  readonly headers: Readonly<Record<string, string>>;
}

const maxDelayMs = 60_000;

/**
 * How a request wants to be answered: `?status=503` with that status, `?delay=500` after so many ms, `/require/NAME...`
 * with 401 unless it has that header, and with the header's value in `x-required` if it has.
 */
export function replyTo(path: string, headers: IncomingHttpHeaders): Reply {
  const url = new URL(path, 'http://echo');
  const asked = Number(url.searchParams.get('status') ?? 200);
  const delay = Number(url.searchParams.get('delay') ?? 0);
  const delayMs = delay > 0 ? Math.min(delay, maxDelayMs) : 0;
  const status = Number.isInteger(asked) && asked >= 200 && asked <= 599 ? asked : 200;
  const required = /^\/require\/([^/]+)/.exec(url.pathname)?.[1]?.toLowerCase();
  if (required === undefined) return { status, delayMs, headers: {} };
  const value = headers[required];
  if (value === undefined || value === '') return { status: 401, delayMs, headers: {} };
  return { status, delayMs, headers: { 'x-required': String(value) } };
}

/** Headers without HTTP/2's pseudo-headers. */
export function plainHeaders(headers: IncomingHttpHeaders): Record<string, string | readonly string[]> {
  const plain: Record<string, string | readonly string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && !name.startsWith(':')) plain[name] = value;
  }
  return plain;
}

/** The body as text, unless it is none. */
export function bodyText(bytes: Uint8Array): string | undefined {
  if (bytes.length === 0) return undefined;
  try {
    const shown = bytes.subarray(0, 4096);
    return new TextDecoder('utf-8', { fatal: true }).decode(shown, { stream: bytes.length > shown.length });
  } catch {
    return undefined;
  }
}
