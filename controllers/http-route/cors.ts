import type { HTTPCORSFilter } from '../../lib/api/mod.ts';
import type { CorsPolicy } from '../../lib/model/mod.ts';

/** A CORS filter (GEP-1767). */
export function translateCors(filter: HTTPCORSFilter): CorsPolicy {
  return {
    origins: (filter.allowOrigins ?? []).map(originOf),
    methods: filter.allowMethods ?? [],
    headers: filter.allowHeaders ?? [],
    exposeHeaders: filter.exposeHeaders ?? [],
    credentials: filter.allowCredentials ?? false,
    maxAge: filter.maxAge,
  };
}

/** As browsers say it: in lower case, without the scheme's own port. */
function originOf(origin: string): string {
  const lower = origin.toLowerCase();
  return lower.startsWith('https:') ? lower.replace(/:443$/, '') : lower.replace(/:80$/, '');
}
