import { z } from 'zod';

import { type LabelSelector, labelSelectorSchema } from '../label-selector.ts';
import { portNumberSchema } from '../names.ts';
import type { KubeObject } from '../object.ts';
import { type Addressed, ambassadorIdField, ambassadorIdsOf } from './parts/ambassador-id.ts';
import { camel } from './parts/camel.ts';
import { countSchema } from './parts/scalars.ts';

/** The `Listener` of `getambassador.io`; that of a Gateway is another thing. */
export interface LegacyListener extends KubeObject {
  readonly kind: 'Listener';
  readonly spec: LegacyListenerSpec;
}

/** A port, what is spoken there, and which Hosts are served. */
export interface LegacyListenerSpec extends Addressed {
  readonly port: number;
  /** From the outermost layer on. Empty: neither `protocol` nor `protocolStack` was given. */
  readonly protocolStack: readonly ProtocolLayer[];
  /** Which requests are secure: all, none, or those with `X-Forwarded-Proto: https`. */
  readonly securityModel: 'SECURE' | 'INSECURE' | 'XFP';
  /** Proxies in front of this one that are trusted to append to `X-Forwarded-For`. */
  readonly l7Depth: number;
  /** In front of the names of its statistics; by default what is spoken there says it. */
  readonly statsPrefix: string;
  readonly http2MaxConcurrentStreams?: number | undefined;
  readonly hostBinding: HostBinding;
}

export type ProtocolLayer = 'HTTP' | 'PROXY' | 'TLS' | 'TCP' | 'UDP';

/** A Host must satisfy both. */
export interface HostBinding {
  readonly namespace: { readonly from?: 'SELF' | 'ALL' | 'SELECTOR' | undefined };
  readonly selector?: LabelSelector | undefined;
}

const stacks = {
  HTTP: ['HTTP', 'TCP'],
  HTTPS: ['TLS', 'HTTP', 'TCP'],
  HTTPPROXY: ['PROXY', 'HTTP', 'TCP'],
  HTTPSPROXY: ['TLS', 'PROXY', 'HTTP', 'TCP'],
  TCP: ['TCP'],
  TLS: ['TLS', 'TCP'],
  UDP: ['UDP'],
} as const satisfies Readonly<Record<string, readonly ProtocolLayer[]>>;

/** The `spec` of a Listener, which only v3alpha1 has. `protocolStack` wins over `protocol`. */
export const listenerSpec: z.ZodType<LegacyListenerSpec> = z.object({
  ambassador_id: ambassadorIdField,
  port: portNumberSchema,
  protocol: z.enum(['HTTP', 'HTTPS', 'HTTPPROXY', 'HTTPSPROXY', 'TCP', 'TLS', 'UDP']).optional(),
  protocolStack: z.array(z.enum(['HTTP', 'PROXY', 'TLS', 'TCP', 'UDP'])).optional(),
  securityModel: z.enum(['SECURE', 'INSECURE', 'XFP']),
  l7Depth: countSchema.default(0),
  statsPrefix: z.string().optional(),
  http2MaxConcurrentStreams: countSchema.optional(),
  hostBinding: z.object({
    namespace: z.object({ from: z.enum(['SELF', 'ALL', 'SELECTOR']).optional() }).default(() => ({})),
    selector: labelSelectorSchema.optional(),
  }),
}).transform(({ ambassador_id, protocol, protocolStack = [], statsPrefix, ...rest }) => {
  const stack = protocolStack.length > 0 || protocol === undefined ? protocolStack : stacks[protocol];
  return {
    ...camel(rest),
    ambassadorIds: ambassadorIdsOf(ambassador_id),
    protocolStack: stack,
    statsPrefix: statsPrefix ?? defaultPrefix(stack, rest.port),
  };
});

function defaultPrefix(stack: readonly ProtocolLayer[], port: number): string {
  const encrypted = stack.includes('TLS');
  if (stack.includes('HTTP')) return encrypted ? 'ingress_https' : 'ingress_http';
  return encrypted ? `ingress_tls_${port}` : `ingress_tcp_${port}`;
}
