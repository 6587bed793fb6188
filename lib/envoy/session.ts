import type { Any } from '@bufbuild/protobuf/wkt';
import type { SessionPersistence } from '../model/mod.ts';
import { any } from './any.ts';
import { duration } from './duration.ts';
import { FILTERS } from './filters.ts';
import { StatefulSessionPerRouteSchema } from './gen/envoy/extensions/filters/http/stateful_session/v3/stateful_session_pb.ts';
import { CookieBasedSessionStateSchema } from './gen/envoy/extensions/http/stateful_session/cookie/v3/cookie_pb.ts';
import { HeaderBasedSessionStateSchema } from './gen/envoy/extensions/http/stateful_session/header/v3/header_pb.ts';

/** Per-route configuration of session persistence (GEP-1619): Envoy keeps the endpoint in the cookie or header. */
export function sessionConfig(session: SessionPersistence): Record<string, Any> {
  const { name, ttl, path = '' } = session;
  const sessionState = session.type === 'header'
    ? {
      name: 'envoy.http.stateful_session.header',
      typedConfig: any(HeaderBasedSessionStateSchema, { name }),
    }
    : {
      name: 'envoy.http.stateful_session.cookie',
      typedConfig: any(CookieBasedSessionStateSchema, {
        cookie: { name, path, ...(ttl === undefined ? {} : { ttl: duration(ttl * 1_000) }) },
      }),
    };
  return {
    [FILTERS.statefulSession]: any(StatefulSessionPerRouteSchema, {
      override: { case: 'statefulSession', value: { sessionState } },
    }),
  };
}
