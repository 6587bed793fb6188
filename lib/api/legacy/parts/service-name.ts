import { z } from 'zod';

/** Where requests go, and how they are encrypted on the way. */
export interface Upstream {
  /** `[scheme://]host[:port]`; `https://` in front means TLS. `parseServiceName` takes it apart. */
  readonly service: string;
  /** The name of the TLSContext to connect with; with it TLS is used whatever the scheme. */
  readonly tls?: string | undefined;
}

/** The field `tls`: a TLSContext's name, or whether to use TLS. */
export const tlsField: z.ZodOptional<z.ZodType<string | boolean>> = z.union([z.string(), z.boolean()])
  .optional();

const scheme = /^https?:\/\//i;

/** `tls: true` overrides the scheme; false and the empty string leave everything to it. */
export function upstreamOf(service: string, tls: string | boolean | undefined): Upstream {
  if (tls === true) return { service: `https://${service.replace(scheme, '')}` };
  return typeof tls === 'string' && tls !== '' ? { service, tls } : { service };
}

/** The parts of a `service`. */
export interface ServiceName {
  /** In lower case, such as `https`; undefined if there is none. */
  readonly scheme?: string | undefined;
  /** A name or an address; an IPv6 address without its brackets. */
  readonly host: string;
  readonly port?: number | undefined;
  /** What is behind that, such as a path, which has no effect. */
  readonly rest?: string | undefined;
}

const parts = /^(?:([a-z][a-z0-9+.-]*):\/\/)?(\[[^\]]*\]|[^:/?#[\]@\s]*)(?::([^/?#\s]*))?(.*)$/is;

/** Takes a `service` apart, or says in a few words what is wrong with it. */
export function parseServiceName(service: string): ServiceName | { readonly problem: string } {
  const found = parts.exec(service);
  const [, scheme, name = '', port, rest = ''] = found ?? [];
  if (found === null || !/^([/?#]|$)/.test(rest)) return { problem: 'has more than [scheme://]host[:port]' };
  const host = name.startsWith('[') ? name.slice(1, -1) : name;
  if (host === '') return { problem: 'has no host' };
  if (scheme !== undefined && !/^https?$/i.test(scheme)) {
    return { problem: `has the unknown scheme ${scheme}` };
  }
  const number = port === undefined ? undefined : Number(port);
  if (port !== undefined && (!/^[0-9]{1,5}$/.test(port) || number === 0 || (number ?? 0) > 65_535)) {
    return { problem: 'has a port that is not a number from 1 to 65535' };
  }
  return {
    ...(scheme === undefined ? {} : { scheme: scheme.toLowerCase() }),
    host,
    ...(number === undefined ? {} : { port: number }),
    ...(rest === '' ? {} : { rest }),
  };
}
