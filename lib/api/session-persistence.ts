import { z } from 'zod';

import { type Duration, durationSchema } from './duration.ts';
import { headerNameSchema } from './names.ts';
import { rule, unionMember } from './rule.ts';
import { text } from './text.ts';

/** Sends the requests of one session to one endpoint (GEP-1619). */
export interface SessionPersistence {
  readonly type: 'Cookie' | 'Header';
  readonly absoluteTimeout?: Duration | undefined;
  /** Present if and only if `type` is `Cookie`. */
  readonly cookie?: CookieConfig | undefined;
  /** Present if and only if `type` is `Header`. */
  readonly header?: HeaderConfig | undefined;
}

export interface CookieConfig {
  readonly name?: string | undefined;
  /** `Permanent` cookies have the session's `absoluteTimeout` as their lifetime. */
  readonly lifetimeType: 'Permanent' | 'Session';
  readonly path: string;
}

export interface HeaderConfig {
  readonly name: string;
}

export const sessionPersistenceSchema: z.ZodType<SessionPersistence> = z.object({
  type: z.enum(['Cookie', 'Header']).default('Cookie'),
  absoluteTimeout: durationSchema.optional(),
  cookie: z.object({
    name: headerNameSchema.optional(),
    lifetimeType: z.enum(['Permanent', 'Session']).default('Session'),
    path: text({ max: 1024 }).default('/'),
  }).optional(),
  header: z.object({ name: headerNameSchema }).optional(),
}).check(
  rule<SessionPersistence>(
    'b58d2686',
    (session) => session.cookie?.lifetimeType !== 'Permanent' || session.absoluteTimeout !== undefined,
    { message: 'is required for a cookie of lifetimeType Permanent', path: ['absoluteTimeout'] },
  ),
  ...unionMember<SessionPersistence>({
    field: 'cookie',
    type: 'Cookie',
    by: 'type',
    rules: ['b9916a89', '42c92c84'],
  }),
  ...unionMember<SessionPersistence>({
    field: 'header',
    type: 'Header',
    by: 'type',
    rules: ['d5d10b1a', '4d46b9eb'],
  }),
);
