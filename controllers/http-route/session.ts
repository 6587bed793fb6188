import { createHash } from 'node:crypto';

import { durationMs, type SessionPersistence as SessionSpec } from '../../lib/api/mod.ts';
import type { SessionPersistence } from '../../lib/model/mod.ts';
import type { Report } from './problem.ts';

/** Session persistence of a rule (GEP-1619). A cookie without a name gets one that is the rule's alone. */
export function translateSession(
  session: SessionSpec,
  report: Report,
  { rule, field }: { readonly rule: string; readonly field: string },
): SessionPersistence {
  const permanent = session.cookie?.lifetimeType === 'Permanent';
  if (session.absoluteTimeout !== undefined && !permanent) {
    const message = 'A session ends after its absoluteTimeout only with a cookie of lifetimeType Permanent.';
    report({ effect: 'note', reason: 'UnsupportedValue', message, field: `${field}.absoluteTimeout` });
  }
  if (session.type === 'Header') return { type: 'header', name: session.header?.name ?? '' };
  const { name = `session-${hashOf(rule)}`, path = '/' } = session.cookie ?? {};
  return {
    type: 'cookie',
    name,
    path,
    ...(permanent ? { ttl: Math.ceil(durationMs(session.absoluteTimeout ?? '0s') / 1000) } : {}),
  };
}

function hashOf(rule: string): string {
  return createHash('sha256').update(rule).digest('hex').slice(0, 12);
}
