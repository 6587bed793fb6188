import type { Collection, Fetch } from '../../lib/graph/types.ts';
import type { RequestChecks } from '../../lib/model/mod.ts';
import type { AccessResult } from './access.ts';
import type { AuthResult } from './auth.ts';
import type { NamedChecks } from './flow.ts';
import type { RateLimitResult } from './rate-limit.ts';

/** Each has at most one value, but for Modules that cannot be decoded. */
export interface CheckParts {
  readonly access: Collection<AccessResult>;
  readonly auth: Collection<AuthResult>;
  readonly rateLimits: Collection<RateLimitResult>;
}

/** What all requests of the installation go through. */
export function requestChecks(key: string, fetch: Fetch, parts: CheckParts): NamedChecks {
  const accesses = fetch.all(parts.access);
  const access = accesses.find(({ rules }) => rules === undefined) ?? accesses[0];
  const [auth] = fetch.all(parts.auth);
  const [limit] = fetch.all(parts.rateLimits);
  const checks: RequestChecks = {
    origins: [
      ...(access === undefined ? [] : [access.origin]),
      ...auth?.origins ?? [],
      ...limit?.origins ?? [],
    ],
    ...(access === undefined ? {} : access.rules === undefined ? { closed: true } : { access: access.rules }),
    ...(auth === undefined ? {} : { auth: auth.auth }),
    ...(limit === undefined ? {} : { rateLimit: limit.rateLimit }),
  };
  return { key, checks };
}
