import type { GRPCRoute } from '../../lib/api/mod.ts';
import { isOrigin } from '../../lib/api/cors-filter.ts';
import type { CorsPolicy, Route } from '../../lib/model/mod.ts';
import { translateCors } from '../http-route/cors.ts';
import type { RuleProblem } from '../route/problem.ts';

/**
 * Annotation of a GRPCRoute, which has no filter for CORS: origins, as `allowOrigins` of that filter has them, separated by
 * commas, whose pages may call it by gRPC-Web. Pages of the route's own hostnames always may.
 */
export const WEB_ORIGINS = 'dragoman.dev/grpc-web-origins';

/** s */
const MAX_AGE = 600;

export interface WebOrigins {
  /** Absent if no origin is let in. */
  readonly cors?: CorsPolicy;
  readonly problems: readonly RuleProblem[];
}

/** Whose pages may call. What is no origin is left out. */
export function webOrigins({ metadata: { annotations } }: GRPCRoute): WebOrigins {
  const entries = (annotations?.[WEB_ORIGINS] ?? '').split(',').map((entry) => entry.trim()).filter((entry) =>
    entry !== ''
  );
  const origins = entries.filter(isOrigin);
  const field = `metadata.annotations[${JSON.stringify(WEB_ORIGINS)}]`;
  const problems = entries.filter((entry) => !isOrigin(entry)).map((entry): RuleProblem => ({
    effect: 'note',
    reason: 'InvalidOrigin',
    message: `${JSON.stringify(entry)} is no origin, so it lets no page in.`,
    field,
    fix: 'Use * or scheme://host[:port], such as https://www.example.com or https://*.example.com.',
  }));
  if (origins.length === 0) return { problems };
  const cors = translateCors({
    allowOrigins: origins,
    allowMethods: ['POST'],
    // Metadata may have any name, and to browsers `*` does not mean this one.
    allowHeaders: ['*', 'authorization'],
    exposeHeaders: ['*'],
    maxAge: MAX_AGE,
  }, { report: (problem) => problems.push(problem), field });
  return { cors, problems };
}

/** The routes of a rule for pages of other origins: with what marks the answers, and with answers to preflights. */
export function withOrigins(routes: readonly Route[], cors: CorsPolicy): readonly Route[] {
  const preflights = new Map<string, Route>();
  for (const { name, match: { path }, rank, action } of routes) {
    const at = `${path.type} ${path.value}`;
    // Nothing is sent there, but Envoy answers for routes to backends alone.
    if (!preflights.has(at)) preflights.set(at, { name, match: { ...PREFLIGHT, path }, rank, action, cors });
  }
  return [...routes.map((route) => ({ ...route, cors })), ...preflights.values()];
}

/** They tell nothing of the call but its path. */
const PREFLIGHT: Omit<Route['match'], 'path'> = {
  method: 'OPTIONS',
  headers: [
    { name: 'access-control-request-method', type: 'exact', value: 'POST' },
    { name: 'origin', type: 'regex', value: '.+' },
  ],
  queryParams: [],
};
