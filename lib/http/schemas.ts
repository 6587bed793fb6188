/** What the status API answers: plain projections of the graph. Secrets have no schema, so they are never shown. */

import { z } from 'zod';

export interface ConditionView {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

export interface ListenerView {
  readonly name: string;
  readonly port?: number | undefined;
  readonly protocol?: string | undefined;
  readonly hostname?: string | undefined;
  readonly attachedRoutes: number;
  readonly conditions: readonly ConditionView[];
}

export interface GatewayView {
  readonly namespace: string;
  readonly name: string;
  readonly class: string;
  readonly addresses: readonly { readonly type: string; readonly value: string }[];
  readonly listeners: readonly ListenerView[];
  readonly conditions: readonly ConditionView[];
  readonly source?: string | undefined;
}

export interface RouteView {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly hostnames: readonly string[];
  readonly rules: number;
  readonly backends: readonly string[];
  readonly parents: readonly { readonly parent: string; readonly conditions: readonly ConditionView[] }[];
  readonly source?: string | undefined;
}

/** What proxies have of a legacy resource. */
export interface LegacyOutcomeView {
  readonly hostnames: readonly string[];
  readonly hostnameCount: number;
  readonly ports: readonly number[];
  readonly routeSets: readonly string[];
  readonly clusters: readonly string[];
  readonly users: readonly string[];
  readonly userCount: number;
}

export interface LegacyView {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly origin: 'manifest' | 'annotation' | 'made up';
  readonly annotationOf?: string | undefined;
  readonly state?: string | undefined;
  readonly reason?: string | undefined;
  readonly conditions: readonly ConditionView[];
  readonly became: LegacyOutcomeView;
  readonly source?: string | undefined;
}

export interface BackendView {
  readonly name: string;
  readonly service: string;
  readonly protocol: string;
  readonly tls: boolean;
  readonly endpoints: readonly {
    readonly address: string;
    readonly port: number;
    readonly zone?: string | undefined;
    readonly draining?: boolean | undefined;
  }[];
  readonly source?: string | undefined;
}

export interface DiagnosticView {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly severity: 'error' | 'warning' | 'info';
  readonly code: string;
  readonly field: string;
  readonly message: string;
  readonly fix?: string | undefined;
  readonly source?: string | undefined;
}

export interface ProxyView {
  readonly fleet: string;
  readonly node: string;
  readonly connectedSince: string;
  readonly types: readonly {
    readonly type: string;
    readonly resources: number;
    readonly inFlight: boolean;
    readonly nacks: number;
  }[];
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly total: number;
  /** Value of `after` for the next page; absent on the last. */
  readonly next?: string | undefined;
}

const condition: z.ZodType<ConditionView> = z.object({
  type: z.string(),
  status: z.string(),
  reason: z.string(),
  message: z.string(),
}).meta({ id: 'Condition' });

const source = z.string().meta({ description: '`file:line:column` of the manifest, or absent' }).optional();
const identity = { namespace: z.string(), name: z.string() };

export const gatewaySchema: z.ZodType<GatewayView> = z.object({
  ...identity,
  class: z.string(),
  addresses: z.array(z.object({ type: z.string(), value: z.string() })),
  listeners: z.array(z.object({
    name: z.string(),
    port: z.number().optional(),
    protocol: z.string().optional(),
    hostname: z.string().optional(),
    attachedRoutes: z.number(),
    conditions: z.array(condition),
  })),
  conditions: z.array(condition),
  source,
}).meta({ id: 'Gateway' });

export const routeSchema: z.ZodType<RouteView> = z.object({
  kind: z.string(),
  ...identity,
  hostnames: z.array(z.string()),
  rules: z.number(),
  backends: z.array(z.string()).meta({ description: 'Names of the backends that the rules reach' }),
  parents: z.array(z.object({ parent: z.string(), conditions: z.array(condition) })),
  source,
}).meta({ id: 'Route' });

export const legacySchema: z.ZodType<LegacyView> = z.object({
  kind: z.string(),
  ...identity,
  origin: z.enum(['manifest', 'annotation', 'made up']),
  annotationOf: z.string().meta({ description: 'Whose annotation it is in, as `Kind namespace/name`' })
    .optional(),
  state: z.string().meta({ description: 'As in its status' }).optional(),
  reason: z.string().meta({ description: 'Why the state is not as it should be' }).optional(),
  conditions: z.array(condition),
  became: z.object({
    hostnames: z.array(z.string()).meta({ description: 'The first 100 that it is served for' }),
    hostnameCount: z.number().meta({ description: 'How many there are' }),
    ports: z.array(z.number()).meta({
      description: 'Those that a Listener or TCPMapping opens; of a Host or Mapping those that clients use',
    }),
    routeSets: z.array(z.string()).meta({ description: "Those of a Mapping's group" }),
    clusters: z.array(z.string()).meta({
      description: 'Names of the backends that its group reaches, or that are asked',
    }),
    users: z.array(z.string()).meta({
      description: 'The first 100 that it is a setting of, as `Kind/namespace/name`',
    }),
    userCount: z.number().meta({ description: 'How many there are' }),
  }).meta({ description: 'What proxies have of it, or who has it as a setting' }),
  source,
}).meta({ id: 'Legacy' });

export const backendSchema: z.ZodType<BackendView> = z.object({
  name: z.string(),
  service: z.string(),
  protocol: z.string(),
  tls: z.boolean(),
  endpoints: z.array(z.object({
    address: z.string(),
    port: z.number(),
    zone: z.string().optional(),
    draining: z.boolean().optional(),
  })),
  source,
}).meta({ id: 'Backend' });

export const diagnosticSchema: z.ZodType<DiagnosticView> = z.object({
  kind: z.string(),
  ...identity,
  severity: z.enum(['error', 'warning', 'info']),
  code: z.string(),
  field: z.string(),
  message: z.string(),
  fix: z.string().optional(),
  source,
}).meta({ id: 'Diagnostic' });

export const proxySchema: z.ZodType<ProxyView> = z.object({
  fleet: z.string(),
  node: z.string(),
  connectedSince: z.iso.datetime(),
  types: z.array(z.object({
    type: z.string(),
    resources: z.number(),
    inFlight: z.boolean(),
    nacks: z.number(),
  })),
}).meta({ id: 'Proxy' });

export interface ListQuery {
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly limit: number;
  readonly after?: string | undefined;
}

/** Query of every list. */
export const listQuerySchema: z.ZodType<ListQuery> = z.object({
  namespace: z.string().meta({ description: 'Only objects of this namespace' }).optional(),
  name: z.string().meta({ description: 'Only objects of this name' }).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(200).meta({ description: 'Items of a page' }),
  after: z.string().meta({ description: '`next` of the page before' }).optional(),
});
