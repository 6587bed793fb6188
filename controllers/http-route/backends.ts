import type { HTTPBackendRef } from '../../lib/api/mod.ts';
import type { ForwardAction, Route, WeightedBackend } from '../../lib/model/mod.ts';
import { combine, type Effects, needsOwnRoute, NO_EFFECTS, translateFilters } from './filters.ts';
import { failureOf } from '../route/failure.ts';
import type { Report } from '../route/problem.ts';
import { type Gathering, resolveReference } from '../route/references.ts';
import { translateSession } from './session.ts';

/** What is done with the requests of a rule, or of a share of them: a Route without its name and match. */
export type Treatment = Omit<Route, 'name' | 'match' | 'rank'>;

/** What forwarding needs besides backends and filters. */
export type Forwarding = Omit<ForwardAction, 'type' | 'backends' | 'hostRewrite' | 'pathRewrite' | 'mirrors'>;

interface Backend {
  readonly weight: number;
  /** Absent if requests that it gets fail. */
  readonly cluster: string | undefined;
  readonly effects: Effects;
  readonly field: string;
}

const MILLION = 1_000_000;

/** Every request fails. */
export function failure({ protocol }: Gathering): Treatment {
  return { action: { type: 'respond', status: failureOf(protocol).status } };
}

/**
 * What is done with the requests of a rule. Usually one treatment; several with cumulative fractions if a backend has
 * filters that it needs a route of its own for. Without backends that get requests, all fail.
 */
export function translateBackends(
  refs: readonly HTTPBackendRef[] | undefined,
  into: Gathering,
  context: {
    readonly report: Report;
    readonly field: string;
    readonly effects: Effects;
    readonly forwarding: Forwarding;
  },
): readonly Treatment[] {
  const { report, field, effects } = context;
  const backends: Backend[] = [];
  let total = 0;
  for (const [index, ref] of (refs ?? []).entries()) {
    const at = `${field}.backendRefs[${index}]`;
    const own = translateFilters(ref.filters, into, { report, field: `${at}.filters` });
    // A redirect answers itself, so that its backend is checked and no more.
    const unused = ref.weight === 0 || own.redirect !== undefined;
    const cluster = resolveReference(ref, into, { report, field: at, unused });
    if (ref.weight === 0) continue;
    total += ref.weight;
    backends.push({
      weight: ref.weight,
      cluster: own.failed === true ? undefined : cluster,
      effects: own,
      field: `${at}.filters`,
    });
  }
  if (backends.length === 0) {
    const message = `The rule has no backends that get requests, so all its requests are answered with ${
      failureOf(into.protocol).said
    }.`;
    report({ effect: 'note', reason: 'NoBackends', message, field: `${field}.backendRefs` });
  }
  if (backends.every(({ cluster }) => cluster === undefined)) return [guarded(failure(into), effects)];
  const forwarding = withSession(context.forwarding, backends, { into, report, field });

  if (backends.length > 1 && !backends.some((backend) => needsOwnRoute(backend.effects))) {
    if (backends.every((backend) => backend.effects === NO_EFFECTS)) {
      return [forward(backends.map(weighted), effects, forwarding)];
    }
    // Envoy does what a weighted cluster says before what its route says, so the rule's part goes to each backend.
    const { requestHeaders: _, responseHeaders: __, hostRewrite: ___, ...shared } = effects;
    const changed = backends.map((backend) => ({
      ...backend,
      effects: combine(effects, backend.effects, { report, field: backend.field }),
    }));
    return [forward(changed.map(weighted), shared, forwarding)];
  }
  const treatments: Treatment[] = [];
  let weight = 0;
  for (const { cluster, effects: own, field, weight: share } of backends) {
    const from = Math.round(weight / total * MILLION);
    weight += share;
    const to = Math.round(weight / total * MILLION);
    const combined = drawnTogether(combine(effects, own, { report, field }), { from, to });
    const treatment = cluster === undefined
      ? guarded(failure(into), effects)
      : combined.redirect === undefined
      ? forward([{ cluster, weight: 1 }], combined, forwarding)
      : answered({ action: combined.redirect }, combined);
    treatments.push(weight === total ? treatment : { fraction: to, ...treatment });
  }
  return treatments;
}

/** A rule without sessions of its own has those of the policy of its backends, if all have the same. */
function withSession(
  forwarding: Forwarding,
  backends: readonly Backend[],
  { into, report, field }: { readonly into: Gathering; readonly report: Report; readonly field: string },
): Forwarding {
  if (forwarding.session !== undefined) return forwarding;
  const sessions = backends.map(({ cluster }) =>
    cluster === undefined ? undefined : into.sessions?.get(cluster)
  );
  const session = sessions.find((each) => each !== undefined);
  if (session === undefined) return forwarding;
  if (sessions.some((each) => each?.identity !== session.identity)) {
    const message =
      `XBackendTrafficPolicy ${session.identity} keeps sessions for some backends of the rule alone, which ` +
      'is not supported, so it keeps none.';
    report({ effect: 'note', reason: 'UnsupportedValue', message, field: `${field}.backendRefs` });
    return forwarding;
  }
  const { identity, spec } = session;
  return {
    ...forwarding,
    session: translateSession(spec, report, { identity, field: `${field}.backendRefs` }),
  };
}

/** Envoy draws one number for a request: a mirror's share is taken from the draws that lead to its route. */
function drawnTogether(
  effects: Effects,
  { from, to }: { readonly from: number; readonly to: number },
): Effects {
  if (effects.mirrors.every(({ fraction }) => fraction === MILLION)) return effects;
  const mirrors = effects.mirrors.map(({ cluster, fraction }) =>
    fraction === MILLION
      ? { cluster, fraction }
      : { cluster, fraction: from + Math.round(fraction / MILLION * (to - from)) }
  );
  return { ...effects, mirrors };
}

function weighted({ cluster, weight, effects }: Backend): WeightedBackend {
  if (effects === NO_EFFECTS || cluster === undefined) {
    return cluster === undefined ? { weight } : { cluster, weight };
  }
  const { requestHeaders, responseHeaders, hostRewrite } = effects;
  return {
    cluster,
    weight,
    ...(requestHeaders === undefined ? {} : { requestHeaders }),
    ...(responseHeaders === undefined ? {} : { responseHeaders }),
    ...(hostRewrite === undefined ? {} : { hostRewrite }),
  };
}

function forward(backends: readonly WeightedBackend[], effects: Effects, forwarding: Forwarding): Treatment {
  const { hostRewrite, pathRewrite, mirrors } = effects;
  const action: ForwardAction = {
    type: 'forward',
    backends,
    mirrors,
    ...forwarding,
    ...(hostRewrite === undefined ? {} : { hostRewrite }),
    ...(pathRewrite === undefined ? {} : { pathRewrite }),
  };
  return answered({ action }, effects);
}

/** With the changes of headers, and with what guards the route. */
export function answered(treatment: Treatment, effects: Effects): Treatment {
  if (effects === NO_EFFECTS) return treatment;
  const { requestHeaders, responseHeaders } = effects;
  return {
    ...guarded(treatment, effects),
    ...(requestHeaders === undefined ? {} : { requestHeaders }),
    ...(responseHeaders === undefined ? {} : { responseHeaders }),
  };
}

/** With CORS and authorization, which go before whatever the route does. */
function guarded(treatment: Treatment, { cors, auth }: Effects): Treatment {
  return {
    ...treatment,
    ...(cors === undefined ? {} : { cors }),
    ...(auth === undefined ? {} : { auth }),
  };
}
