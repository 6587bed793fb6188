import type { Duration } from './duration.ts';

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
