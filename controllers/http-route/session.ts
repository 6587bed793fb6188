import { createHash } from 'node:crypto';

import { durationMs, type SessionPersistence as SessionSpec } from '../../lib/api/mod.ts';
import type { SessionPersistence } from '../../lib/model/mod.ts';
import type { Report } from '../route/problem.ts';

/**
 * Session persistence of a rule (GEP-1619). A cookie without a name gets one made of `identity`, which should be the rule's
 * alone and survive edits of other rules.
 */
export function translateSession(
  session: SessionSpec,
  report: Report,
  { identity, field }: { readonly identity: string; readonly field: string },
): SessionPersistence {
  const permanent = session.cookie?.lifetimeType === 'Permanent';
  if (session.absoluteTimeout !== undefined && !permanent) {
    const message = 'A session ends after its absoluteTimeout only with a cookie of lifetimeType Permanent.';
    report({ effect: 'note', reason: 'UnsupportedValue', message, field: `${field}.absoluteTimeout` });
  }
  if (session.type === 'Header') return { type: 'header', name: session.header?.name ?? '' };
  const { name = `session-${hashOf(identity)}`, path = '/' } = session.cookie ?? {};
  return {
    type: 'cookie',
    name,
    path,
    ...(permanent ? { ttl: Math.ceil(durationMs(session.absoluteTimeout ?? '0s') / 1000) } : {}),
  };
}

function hashOf(identity: string): string {
  return createHash('sha256').update(identity).digest('hex').slice(0, 12);
}
