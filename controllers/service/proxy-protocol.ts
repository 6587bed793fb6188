import type { Service } from '../../lib/api/mod.ts';

/**
 * Annotation of a Service whose TCP ports expect connections to begin with the PROXY protocol, which tells them the client's
 * address: `v1` (text) or `v2` (binary).
 */
export const PROXY_PROTOCOL_ANNOTATION = 'dragoman.dev/proxy-protocol';

export type ProxyProtocolVersion = 'v1' | 'v2';

/** The version that a Service wants; none if it wants none, or says what is no version. */
export function proxyProtocolOf({ metadata: { annotations } }: Service): ProxyProtocolVersion | undefined {
  const value = annotations?.[PROXY_PROTOCOL_ANNOTATION];
  return value === 'v1' || value === 'v2' ? value : undefined;
}
