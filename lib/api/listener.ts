import { z } from 'zod';

import { type Condition, conditionsSchema } from './condition.ts';
import { externalAuthFilterSchema, type HTTPExternalAuthFilter } from './external-auth-filter.ts';
import { type LabelSelector, labelSelectorSchema } from './label-selector.ts';
import {
  groupSchema,
  hostnameSchema,
  kindNameSchema,
  optionsSchema,
  portNumberSchema,
  sectionNameSchema,
} from './names.ts';
import {
  type LocalObjectReference,
  localObjectReferenceSchema,
  type SecretObjectReference,
  secretObjectReferenceSchema,
} from './object-reference.ts';
import { itemRule, rule, unionMember, uniqueBy } from './rule.ts';
import { text } from './text.ts';

/** `HTTP`, `HTTPS`, `TLS`, `TCP`, `UDP`, or a name with a domain of its own. */
export type ProtocolType = string;

/** An address's port on which a Gateway accepts connections. */
export interface Listener {
  /** Unique within the Gateway or ListenerSet. */
  readonly name: string;
  readonly hostname?: string | undefined;
  readonly port: number;
  readonly protocol: ProtocolType;
  readonly tls?: ListenerTLSConfig | undefined;
  readonly allowedRoutes: AllowedRoutes;
  readonly filters?: ListenerFilters | undefined;
}

export interface ListenerTLSConfig {
  readonly mode: 'Terminate' | 'Passthrough';
  readonly certificateRefs?: readonly SecretObjectReference[] | undefined;
  readonly options?: Readonly<Record<string, string>> | undefined;
}

/** Which routes may attach: by default those of the same namespace. */
export interface AllowedRoutes {
  readonly namespaces: RouteNamespaces;
  /** Absent or empty: those that fit the protocol. */
  readonly kinds?: readonly RouteGroupKind[] | undefined;
}

export type FromNamespaces = 'All' | 'Selector' | 'Same' | 'None';

export interface RouteNamespaces {
  readonly from: 'All' | 'Selector' | 'Same';
  /** Read if `from` is `Selector`. */
  readonly selector?: LabelSelector | undefined;
}

export interface RouteGroupKind {
  /** `gateway.networking.k8s.io` by default. */
  readonly group: string;
  readonly kind: string;
}

/** Filters that all requests of a listener pass. */
export interface ListenerFilters {
  readonly requests?: readonly ListenerFilter[] | undefined;
}

/** Exactly the field that `type` names is present. */
export interface ListenerFilter {
  readonly type: 'ExternalAuth' | 'ExtensionRef';
  readonly externalAuth?: HTTPExternalAuthFilter | undefined;
  readonly extensionRef?: LocalObjectReference | undefined;
}

/** What the controller says about one listener of a Gateway or ListenerSet. */
export interface ListenerStatus {
  readonly name: string;
  readonly supportedKinds?: readonly RouteGroupKind[] | undefined;
  readonly attachedRoutes: number;
  readonly conditions: readonly Condition[];
}

const protocol =
  /^[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?$|[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/[A-Za-z0-9]+$/;

const routeGroupKindSchema = z.object({
  group: groupSchema.default('gateway.networking.k8s.io'),
  kind: kindNameSchema,
});

const sameNamespace: { from: 'Same' } = { from: 'Same' };

const tlsSchema = z.object({
  mode: z.enum(['Terminate', 'Passthrough']).default('Terminate'),
  certificateRefs: z.array(secretObjectReferenceSchema).max(64).optional(),
  options: optionsSchema.optional(),
}).check(
  rule<ListenerTLSConfig>(
    'f161b726',
    ({ mode, certificateRefs = [], options = {} }) =>
      mode !== 'Terminate' || certificateRefs.length > 0 || Object.keys(options).length > 0,
    { message: 'is required for mode Terminate', path: ['certificateRefs'] },
  ),
);

const filterSchema = z.object({
  type: z.enum(['ExternalAuth', 'ExtensionRef']),
  externalAuth: externalAuthFilterSchema.optional(),
  extensionRef: localObjectReferenceSchema.optional(),
}).check(
  ...unionMember<ListenerFilter>({
    field: 'externalAuth',
    type: 'ExternalAuth',
    by: 'type',
    rules: ['c8cbd34f', '3f23e50c'],
  }),
  ...unionMember<ListenerFilter>({
    field: 'extensionRef',
    type: 'ExtensionRef',
    by: 'type',
    rules: ['28f68457', '32fcae1c'],
  }),
);

const listenerFields = {
  name: sectionNameSchema,
  hostname: hostnameSchema.optional(),
  port: portNumberSchema,
  protocol: text({ min: 1, max: 255 }).regex(protocol, 'HTTP, HTTPS, TLS, TCP, UDP, or domain/name'),
  tls: tlsSchema.optional(),
  allowedRoutes: z.object({
    namespaces: z.object({
      from: z.enum(['All', 'Selector', 'Same']).default('Same'),
      selector: labelSelectorSchema.optional(),
    }).default(() => sameNamespace),
    kinds: z.array(routeGroupKindSchema).max(8).optional(),
  }).default(() => ({ namespaces: sameNamespace })),
  filters: z.object({ requests: z.array(filterSchema).max(16).optional() }).optional(),
};

/** A listener of a Gateway. */
export const listenerSchema: z.ZodType<Listener> = z.object(listenerFields).check(
  rule<Listener>(
    '2c84d289',
    ({ filters, protocol }) => filters === undefined || protocol === 'HTTP' || protocol === 'HTTPS',
    { message: 'is only for protocols HTTP and HTTPS', path: ['filters'] },
  ),
);

/** A listener of a ListenerSet; upstream has no rule about its filters. */
export const listenerEntrySchema: z.ZodType<Listener> = z.object(listenerFields);

/** The rules that hold for the list of listeners of both; the last one's text differs upstream. */
export function listenerListRules(distinctRule: string): z.core.$ZodCheck<readonly Listener[]>[] {
  return [
    itemRule<Listener>('78a77239', ({ protocol, tls }) => !isPlain(protocol) || tls === undefined, {
      message: 'must be absent for protocols HTTP, TCP and UDP',
      path: ['tls'],
    }),
    itemRule<Listener>(
      'aec2bd59',
      ({ protocol, tls }) => protocol !== 'HTTPS' || tls === undefined || tls.mode === 'Terminate',
      { message: 'must be Terminate for protocol HTTPS', path: ['tls', 'mode'] },
    ),
    itemRule<Listener>('79a48446', ({ protocol, tls }) => protocol !== 'TLS' || tls !== undefined, {
      message: 'is required for protocol TLS',
      path: ['tls'],
    }),
    itemRule<Listener>(
      'e658cd99',
      ({ protocol, hostname }) => (protocol !== 'TCP' && protocol !== 'UDP') || hostname === undefined,
      { message: 'must be absent for protocols TCP and UDP', path: ['hostname'] },
    ),
    uniqueBy<Listener>({ keys: ['name'], what: 'listener', rule: 'b3c66e24' }),
    itemRule<Listener>(distinctRule, (a, list) => list.every((b) => a === b || !overlaps(a, b)), {
      message: 'another listener has the same port, protocol and hostname',
    }),
  ];
}

function isPlain(protocol: ProtocolType): boolean {
  return protocol === 'HTTP' || protocol === 'TCP' || protocol === 'UDP';
}

function overlaps(a: Listener, b: Listener): boolean {
  return a.port === b.port && a.protocol === b.protocol && a.hostname === b.hostname;
}

export const listenerStatusesSchema: z.ZodType<ListenerStatus[]> = z.array(z.object({
  name: sectionNameSchema,
  supportedKinds: z.array(routeGroupKindSchema).max(8).optional(),
  attachedRoutes: z.int32(),
  conditions: conditionsSchema,
})).max(64).check(uniqueBy<ListenerStatus>({ keys: ['name'], what: 'listener status' }));
