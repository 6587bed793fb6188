import type { HTTPRequestMirrorFilter, HTTPRouteFilter } from '../../lib/api/mod.ts';
import type {
  CorsPolicy,
  ExternalAuth,
  HeaderChanges,
  Mirror,
  PathRewrite,
  RedirectAction,
} from '../../lib/model/mod.ts';
import { translateCors } from './cors.ts';
import { translateExternalAuth } from './external-auth.ts';
import { chainHeaders, translateHeaders } from './headers.ts';
import type { Report } from '../route/problem.ts';
import { translatePath, translateRedirect } from './redirect.ts';
import { type Gathering, resolveReference } from '../route/references.ts';

/** What the filters of a rule or of a backend do together. */
export interface Effects {
  readonly requestHeaders?: HeaderChanges;
  readonly responseHeaders?: HeaderChanges;
  readonly hostRewrite?: string;
  readonly pathRewrite?: PathRewrite;
  readonly redirect?: RedirectAction;
  readonly mirrors: readonly Mirror[];
  readonly cors?: CorsPolicy;
  readonly auth?: ExternalAuth;
  /** A filter that must not be skipped is unknown: requests get 500. */
  readonly failed?: boolean;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export const NO_EFFECTS: Effects = { mirrors: [] };

interface Where {
  readonly report: Report;
  /** Path of the list of filters within the route. */
  readonly field: string;
}

/** Translates a list of filters. The order of effect is Envoy's, not the list's. */
export function translateFilters(
  filters: readonly HTTPRouteFilter[] | undefined,
  into: Gathering,
  { report, field }: Where,
): Effects {
  if (filters === undefined || filters.length === 0) return NO_EFFECTS;
  const effects: Mutable<Effects> = { mirrors: [] };
  const repeated = repeatedType(filters);
  if (repeated !== undefined) {
    const message = `Filter ${repeated} can be used only once.`;
    report({ effect: 'rule', reason: 'IncompatibleFilters', message, field });
  }
  for (const [index, filter] of filters.entries()) {
    apply(filter, effects, { into, report, field: `${field}[${index}]` });
  }
  if (effects.redirect !== undefined && (effects.pathRewrite ?? effects.hostRewrite) !== undefined) {
    reportRedirectAndRewrite({ report, field });
  }
  if (effects.redirect !== undefined) reportLostOnRedirect(effects, { report, field });
  return effects;
}

const REPEATABLE = new Set(['RequestMirror', 'ExtensionRef']);

function repeatedType(filters: readonly HTTPRouteFilter[]): string | undefined {
  const types = filters.map(({ type }) => type).filter((type) => !REPEATABLE.has(type));
  return types.find((type, index) => types.indexOf(type) !== index);
}

function reportRedirectAndRewrite({ report, field }: Where): void {
  const message = 'A URLRewrite and a RequestRedirect filter exclude each other.';
  report({ effect: 'rule', reason: 'IncompatibleFilters', message, field });
}

/** To Envoy CORS and mirrors are of backends alone. */
function reportLostOnRedirect({ cors, mirrors }: Effects, { report, field }: Where): void {
  for (const [name, lost] of [['CORS', cors !== undefined], ['RequestMirror', mirrors.length > 0]] as const) {
    if (!lost) continue;
    const message = `Filter ${name} has no effect on requests that are redirected.`;
    report({ effect: 'note', reason: 'IncompatibleFilters', message, field });
  }
}

interface FilterContext extends Where {
  readonly into: Gathering;
}

function apply(filter: HTTPRouteFilter, effects: Mutable<Effects>, context: FilterContext): void {
  const { report, into } = context;
  const field = `${context.field}.${fieldOf(filter)}`;
  if (filter.requestHeaderModifier !== undefined) {
    const { changes, host } = translateHeaders(filter.requestHeaderModifier, report, {
      field,
      direction: 'request',
    });
    if (changes !== undefined) effects.requestHeaders = changes;
    if (host !== undefined) effects.hostRewrite ??= host;
  } else if (filter.responseHeaderModifier !== undefined) {
    const direction = 'response';
    const { changes } = translateHeaders(filter.responseHeaderModifier, report, { field, direction });
    if (changes !== undefined) effects.responseHeaders = changes;
  } else if (filter.requestMirror !== undefined) {
    const mirror = translateMirror(filter.requestMirror, context, field);
    if (mirror !== undefined) effects.mirrors = [...effects.mirrors, mirror];
  } else if (filter.requestRedirect !== undefined) {
    effects.redirect = translateRedirect(filter.requestRedirect);
  } else if (filter.urlRewrite !== undefined) {
    const { hostname, path } = filter.urlRewrite;
    if (hostname !== undefined) effects.hostRewrite = hostname;
    if (path !== undefined) effects.pathRewrite = translatePath(path);
  } else if (filter.cors !== undefined) {
    effects.cors = translateCors(filter.cors, { report, field });
  } else if (filter.externalAuth !== undefined) {
    effects.auth = translateExternalAuth(filter.externalAuth, into, { report, field });
  } else {
    effects.failed = true;
    reportUnknown(filter, report, field);
  }
}

function fieldOf({ type }: HTTPRouteFilter): string {
  if (type === 'URLRewrite') return 'urlRewrite';
  return type === 'CORS' ? 'cors' : `${type.slice(0, 1).toLowerCase()}${type.slice(1)}`;
}

function reportUnknown({ type, extensionRef }: HTTPRouteFilter, report: Report, field: string): void {
  if (extensionRef === undefined) {
    const message = `Filter type ${type} is not supported.`;
    report({ effect: 'rule', reason: 'UnsupportedValue', message, field });
    return;
  }
  const { group, kind, name } = extensionRef;
  const message = `${group === '' ? kind : `${group}/${kind}`} ${name} is no filter that is known here.`;
  report({ effect: 'reference', reason: 'InvalidKind', message, field: `${field}.kind` });
}

const MILLION = 1_000_000;

/** Nothing for a reference that is invalid: the mirror is left out, requests are served all the same. */
function translateMirror(
  { backendRef, percent, fraction }: HTTPRequestMirrorFilter,
  { into, report }: FilterContext,
  field: string,
): Mirror | undefined {
  const share = fraction === undefined
    ? (percent ?? 100) * (MILLION / 100)
    : Math.round(fraction.numerator / fraction.denominator * MILLION);
  const cluster = resolveReference(backendRef, into, {
    field: `${field}.backendRef`,
    report,
    unused: share === 0,
  });
  return cluster === undefined || share === 0 ? undefined : { cluster, fraction: share };
}

/** Whether only a route of its own can give a backend these effects: Envoy's weighted clusters know headers and hosts. */
export function needsOwnRoute({ pathRewrite, redirect, mirrors, cors, auth }: Effects): boolean {
  return pathRewrite !== undefined || redirect !== undefined || mirrors.length > 0 || cors !== undefined ||
    auth !== undefined;
}

/** The effects of a rule's filters, then those of one of its backends. */
export function combine(rule: Effects, backend: Effects, where: Where): Effects {
  if (backend === NO_EFFECTS) return rule;
  if (rule === NO_EFFECTS) return backend;
  if (backend.redirect !== undefined && (rule.pathRewrite ?? rule.hostRewrite) !== undefined) {
    reportRedirectAndRewrite(where);
  }
  if (backend.redirect !== undefined) reportLostOnRedirect(rule, where);
  for (
    const [name, both] of [
      ['ExternalAuth', rule.auth !== undefined && backend.auth !== undefined],
      ['CORS', rule.cors !== undefined && backend.cors !== undefined],
    ] as const
  ) {
    if (!both) continue;
    const message = `Filter ${name} cannot be used both on the rule and on its backend.`;
    where.report({ effect: 'rule', reason: 'IncompatibleFilters', message, field: where.field });
  }
  const requestHeaders = chainHeaders(rule.requestHeaders, backend.requestHeaders);
  const responseHeaders = chainHeaders(rule.responseHeaders, backend.responseHeaders);
  return {
    ...rule,
    ...backend,
    mirrors: [...rule.mirrors, ...backend.mirrors],
    ...(requestHeaders === undefined ? {} : { requestHeaders }),
    ...(responseHeaders === undefined ? {} : { responseHeaders }),
  };
}
