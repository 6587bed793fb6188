import type { HTTPCORSFilter } from '../../lib/api/mod.ts';
import type { CorsPolicy } from '../../lib/model/mod.ts';
import type { Report } from '../route/problem.ts';

/** A CORS filter (GEP-1767). */
export function translateCors(
  filter: HTTPCORSFilter,
  { report, field }: { readonly report: Report; readonly field: string },
): CorsPolicy {
  const { exposeHeaders = [], allowCredentials = false } = filter;
  const unnamed = allowCredentials && exposeHeaders.includes('*');
  if (unnamed) {
    report({
      effect: 'note',
      reason: 'UnsupportedValue',
      message: "With allowCredentials, '*' is the name of a header to browsers, so it is left out.",
      field: `${field}.exposeHeaders`,
      fix: 'name the headers',
    });
  }
  return {
    origins: (filter.allowOrigins ?? []).map(originOf),
    methods: filter.allowMethods ?? [],
    headers: filter.allowHeaders ?? [],
    exposeHeaders: unnamed ? exposeHeaders.filter((name) => name !== '*') : exposeHeaders,
    credentials: allowCredentials,
    maxAge: filter.maxAge,
  };
}

/** As browsers say it: in lower case, without the scheme's own port. */
function originOf(origin: string): string {
  const lower = origin.toLowerCase();
  return lower.startsWith('https:') ? lower.replace(/:443$/, '') : lower.replace(/:80$/, '');
}
