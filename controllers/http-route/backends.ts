import type { HTTPBackendRef } from '../../lib/api/mod.ts';
import type { ForwardAction, Route, SessionPersistence, WeightedBackend } from '../../lib/model/mod.ts';
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
  /** Of the backend itself, which the rule leaves to it. */
  readonly session: SessionPersistence | undefined;
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
  const { report, field, effects, forwarding } = context;
  const backends: Backend[] = [];
  const sessions = new Map<string, SessionPersistence>();
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
      session: forwarding.session ?? sessionAt(cluster, into, { report, field: at, sessions }),
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
  if (backends.length > 1 && !backends.some((backend) => needsOwnRoute(backend.effects))) {
    const { session, alike } = withSessions(backends);
    const common = { ...forwarding, ...(session === undefined ? {} : { session }) };
    if (alike.every((backend) => backend.effects === NO_EFFECTS)) {
      return [forward(alike.map(weighted), effects, common)];
    }
    // Envoy does what a weighted cluster says before what its route says, so the rule's part goes to each backend.
    const { requestHeaders: _, responseHeaders: __, hostRewrite: ___, ...shared } = effects;
    const changed = alike.map((backend) => ({
      ...backend,
      effects: combine(effects, backend.effects, { report, field: backend.field }),
    }));
    return [forward(changed.map(weighted), shared, common)];
  }
  const treatments: Treatment[] = [];
  let weight = 0;
  for (const { cluster, effects: own, session, field, weight: share } of backends) {
    const from = Math.round(weight / total * MILLION);
    weight += share;
    const to = Math.round(weight / total * MILLION);
    const combined = drawnTogether(combine(effects, own, { report, field }), { from, to });
    const treatment = cluster === undefined
      ? guarded(failure(into), effects)
      : combined.redirect === undefined
      ? forward([{ cluster, weight: 1 }], combined, {
        ...forwarding,
        ...(session === undefined ? {} : { session }),
      })
      : answered({ action: combined.redirect }, combined);
    treatments.push(weight === total ? treatment : { fraction: to, ...treatment });
  }
  return treatments;
}

/** What keeps sessions at a cluster by itself. What is wrong about it is reported once for a rule. */
function sessionAt(
  cluster: string | undefined,
  into: Gathering,
  { report, field, sessions }: {
    readonly report: Report;
    readonly field: string;
    readonly sessions: Map<string, SessionPersistence>;
  },
): SessionPersistence | undefined {
  const found = cluster === undefined ? undefined : into.sessions?.get(cluster);
  if (found === undefined) return undefined;
  const { identity, spec } = found;
  const session = sessions.get(identity) ?? translateSession(spec, report, { identity, field });
  sessions.set(identity, session);
  return session;
}

/** The session that all backends have is the route's; otherwise each has its own, or none (GEP-1619). */
function withSessions(
  backends: readonly Backend[],
): { readonly session: SessionPersistence | undefined; readonly alike: readonly Backend[] } {
  const used = new Set(backends.filter(({ cluster }) => cluster !== undefined).map(({ session }) => session));
  if (used.size > 1) return { session: undefined, alike: backends };
  const [session] = used;
  return { session, alike: backends.map((backend) => ({ ...backend, session: undefined })) };
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

function weighted({ cluster, weight, effects, session }: Backend): WeightedBackend {
  if (cluster === undefined) return { weight };
  const kept = session === undefined ? {} : { session };
  if (effects === NO_EFFECTS) return { cluster, weight, ...kept };
  const { requestHeaders, responseHeaders, hostRewrite } = effects;
  return {
    cluster,
    weight,
    ...kept,
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
