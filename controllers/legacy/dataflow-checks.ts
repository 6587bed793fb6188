/** The part of the legacy dataflow that is about what all requests go through. */

import type { LegacySettings } from '../../lib/api/legacy/mod.ts';
import type { Unreadable } from '../../lib/api/mod.ts';
import type { Collection, Graph, Keyed } from '../../lib/graph/types.ts';
import { type Finding, findingsOf } from '../findings.ts';
import type { ObjectCollections } from '../inputs.ts';
import { accessOf } from './access.ts';
import { type AuthResult, authSource, translateAuth } from './auth.ts';
import { requestChecks } from './checks.ts';
import { allServed } from './first-served.ts';
import type { Asking, NamedChecks } from './flow.ts';
import { unreadableAccess, unreadableAuth } from './unreadable.ts';
import {
  type LimitDomain,
  type RateLimitReads,
  type RateLimitResult,
  translateRateLimit,
} from './rate-limit.ts';

export interface ChecksFlow {
  /** All of them, as one value. */
  readonly checks: Collection<NamedChecks>;
  /** What Mappings see of them. */
  readonly limitDomains: Collection<LimitDomain>;
  readonly auth: Collection<AuthResult>;
  readonly rateLimits: Collection<RateLimitResult>;
  readonly asking: Collection<Asking>;
  readonly findings: Collection<Finding>;
}

export function declareChecks(
  graph: Graph,
  objects: ObjectCollections,
  reads: RateLimitReads & {
    readonly legacy: LegacySettings;
    /** Without those that are used as they were before. */
    readonly unreadable: Collection<Unreadable>;
  },
): ChecksFlow {
  const { legacy, unreadable } = reads;
  const access = graph.merge('legacyAccess', [
    graph.map('legacyModuleAccess', reads.modules, (each) => accessOf(each, reads.settings)),
    graph.map('legacyUnreadableAccess', unreadable, unreadableAccess),
  ]);
  const auth = graph.map(
    'legacyAuth',
    graph.index(
      'legacyAuthSources',
      graph.merge('legacyAuthSourcesOfAll', [
        graph.map('legacyAuthServices', objects.AuthService, (each) => authSource(each, legacy)),
        graph.map('legacyAuthModules', reads.modules, ({ module }) => authSource(module, legacy)),
        graph.map('legacyUnreadableAuth', unreadable, unreadableAuth),
      ]),
      () => ['auth'],
    ),
    (bucket, fetch) => translateAuth(bucket, fetch, reads),
  );
  const rateLimits = graph.map(
    'legacyRateLimit',
    graph.index(
      'legacyRateLimitSources',
      allServed(graph, objects.RateLimitService, { name: 'legacyRateLimitServices', legacy }),
      () => ['rate-limit'],
    ),
    (bucket, fetch) => translateRateLimit(bucket, fetch, reads),
  );
  const asking = graph.merge('legacyCheckAsks', [
    graph.map(
      'legacyAuthAsks',
      auth,
      ({ key, clusters, secrets, auth: { timeout = 0 } }): Asking => ({ key, clusters, secrets, timeout }),
    ),
    graph.map(
      'legacyRateLimitAsks',
      rateLimits,
      ({ key, clusters, secrets, rateLimit: { timeout } }): Asking => ({ key, clusters, secrets, timeout }),
    ),
  ]);
  const checks = graph.map(
    'legacyChecks',
    graph.index(
      'legacyCheckParts',
      graph.merge<Keyed>('legacyCheckPartsOfAll', [access, auth, rateLimits]),
      () => ['checks'],
    ),
    ({ key }, fetch) => requestChecks(key, fetch, { access, auth, rateLimits }),
  );
  return {
    checks,
    auth,
    rateLimits,
    limitDomains: graph.map(
      'legacyLimitDomains',
      rateLimits,
      ({ key, rateLimit: { domain } }): LimitDomain => ({ key, domain }),
    ),
    asking,
    findings: graph.merge('legacyCheckFindings', [
      graph.flatMap('legacyAuthFindings', auth, ({ key, diagnostics }) => findingsOf(key, diagnostics)),
      graph.flatMap('legacyAccessFindings', access, ({ key, diagnostics }) => findingsOf(key, diagnostics)),
      graph.flatMap(
        'legacyRateLimitFindings',
        rateLimits,
        ({ key, diagnostics }) => findingsOf(key, diagnostics),
      ),
    ]),
  };
}
