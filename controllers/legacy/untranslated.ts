import {
  defaultAmbassadorModule,
  inertReason,
  isServed,
  type LegacyObject,
  type LegacySettings,
} from '../../lib/api/legacy/mod.ts';
import type { KubeObject } from '../../lib/api/mod.ts';
import type { Collection, Graph, Keyed } from '../../lib/graph/types.ts';
import type { Diagnostic } from '../../lib/model/mod.ts';
import type { ObjectInputs } from '../inputs.ts';
import { refOf } from './settings.ts';

/** Something that an object asks for and does not get. `key` is `Kind/namespace/name|field`. */
export interface Untranslated extends Keyed {
  readonly diagnostic: Diagnostic;
  /** Whether it would keep requests out, so that without it none may come in. */
  readonly guards: boolean;
}

/** Kinds of which nothing is done. */
const KINDS = [
  'AuthService',
  'RateLimitService',
  'TracingService',
  'LogService',
  'TCPMapping',
  'ConsulResolver',
] as const;

/** Fields of Mappings, in camel case, that have no effect yet. */
export const MAPPING_FIELDS = {
  healthChecks: 'health_checks',
  circuitBreakerName: 'circuit_breaker',
  outlierDetection: 'outlier_detection',
  labels: 'labels',
  rateLimits: 'rate_limits',
  authContextExtensions: 'auth_context_extensions',
  errorResponseOverrides: 'error_response_overrides',
  bypassErrorResponseOverrides: 'bypass_error_response_overrides',
} as const;

/** Settings of the ambassador Module that are taken over. */
const MODULE_FIELDS: ReadonlySet<string> = new Set([
  'clusterRequestTimeoutMs',
  'clusterIdleTimeoutMs',
  'clusterMaxConnectionLifetimeMs',
  'circuitBreakers',
  'loadBalancer',
  'retryPolicy',
  'cors',
  'keepalive',
  'resolver',
  'enableIpv4',
  'enableIpv6',
  'addLinkerdHeaders',
  'defaults',
  'useAmbassadorNamespaceForServiceResolution',
  'serverName',
  'stripMatchingHostPort',
  'mergeSlashes',
  'rejectRequestsWithEscapedSlashes',
  'enableHttp10',
  'headersWithUnderscoresAction',
]);

const usual = defaultAmbassadorModule() as unknown as Readonly<Record<string, unknown>>;

/** Settings that say who may come in. */
const GUARDS: ReadonlySet<string> = new Set(['ipAllow', 'ipDeny']);

/** Objects in which something may not be translated; their keys begin with their kinds. */
export function untranslatedIn(
  graph: Graph,
  objects: ObjectInputs,
  legacy: LegacySettings,
): readonly Collection<KubeObject>[] {
  return ([...KINDS, 'Mapping', 'Module'] as const).map((kind) => {
    const input: Collection<LegacyObject> = objects[kind];
    return graph.map(
      `legacy${kind}Kept`,
      input,
      (object) => isServed(object, legacy) ? { ...object, key: `${kind}/${object.key}` } : undefined,
    );
  });
}

/** What of an object has no effect: never nothing said. */
export function untranslatedDiagnostics(object: KubeObject): readonly Untranslated[] {
  const { key, kind } = object;
  const of = (field: string, message: string, { guards = false } = {}): Untranslated => ({
    key: `${key}|${field}`,
    guards,
    diagnostic: {
      object: refOf(object),
      severity: guards ? 'error' : 'warning',
      code: 'NotTranslated',
      field,
      message,
    },
  });
  const denial = 'so every request of a Mapping without bypass_auth gets 500';
  if (kind === 'AuthService') {
    return [of('', `An AuthService is not asked yet, ${denial}.`, { guards: true })];
  }
  if ((KINDS as readonly string[]).includes(kind)) return [of('', `A ${kind} has no effect yet.`)];
  const { spec } = object as LegacyObject;
  if (kind === 'Mapping') {
    return Object.entries(MAPPING_FIELDS)
      .filter(([field]) => (spec as unknown as Readonly<Record<string, unknown>>)[field] !== undefined)
      .map(([, name]) => of(`spec.${name}`, `${name} has no effect yet.`));
  }
  if (!('module' in spec) || spec.module === 'unknown') return [];
  if (spec.module === 'authentication') {
    return [of('', `An AuthService is not asked yet, ${denial}.`, { guards: true })];
  }
  if (spec.module === 'tls') return [of('', 'The tls Module has no effect yet.')];
  return Object.entries(spec.config).flatMap(([field, value]) => {
    const name = snake(field);
    const inert = inertReason({
      kind: 'Module',
      variant: 'ambassador',
      dialect: 'v3alpha1',
      field: `config.${name}`,
    });
    if (value === undefined || MODULE_FIELDS.has(field) || inert !== undefined) return [];
    if (JSON.stringify(value) === JSON.stringify(usual[field])) return [];
    return [
      GUARDS.has(field)
        ? of(`spec.config.${name}`, `${name} is not applied yet, ${denial}.`, { guards: true })
        : of(`spec.config.${name}`, `${name} has no effect yet.`),
    ];
  });
}

export function guardOf({ key, guards }: Untranslated): readonly Keyed[] {
  return guards ? [{ key }] : [];
}

function snake(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
