import type { HTTPExternalAuthFilter } from '../../lib/api/mod.ts';
import type { ExternalAuth } from '../../lib/model/mod.ts';
import type { Report } from '../route/problem.ts';
import { type Gathering, resolveReference } from '../route/references.ts';

/** External authorization (GEP-1494). Without a server that can be asked, every request is denied. */
export function translateExternalAuth(
  filter: HTTPExternalAuthFilter,
  into: Gathering,
  { report, field }: { readonly report: Report; readonly field: string },
): ExternalAuth {
  const grpc = filter.protocol === 'GRPC';
  const cluster = resolveReference(filter.backendRef, into, {
    field: `${field}.backendRef`,
    report,
    protocol: grpc ? 'grpc' : 'http',
  });
  const pathPrefix = grpc ? undefined : prefixOf(filter.http?.path ?? '', report, `${field}.http.path`);
  return {
    protocol: grpc ? 'grpc' : 'http',
    ...(cluster === undefined ? {} : { cluster }),
    ...(grpc ? { authority: authorityOf(filter, into) } : {}),
    ...(pathPrefix === undefined ? {} : { pathPrefix }),
    allowedRequestHeaders: lowerCase((grpc ? filter.grpc : filter.http)?.allowedHeaders),
    allowedResponseHeaders: grpc ? [] : allUnlessSome(lowerCase(filter.http?.allowedResponseHeaders)),
    maxBody: filter.forwardBody?.maxSize ?? 0,
  };
}

/** The Service's name in the cluster's DNS. */
function authorityOf({ backendRef }: HTTPExternalAuthFilter, { route }: Gathering): string {
  return `${backendRef.name}.${backendRef.namespace ?? route.namespace}.svc`;
}

/** Begins with a slash and ends without one, so that the request's path can follow. */
function prefixOf(path: string, report: Report, field: string): string | undefined {
  const trimmed = path.replace(/^\/+/, '').replace(/\/+$/, '');
  if (trimmed === '') return undefined;
  if (
    /%2f|%5c|\\|%2e/i.test(trimmed) ||
    trimmed.split('/').some((part) => part === '' || part === '.' || part === '..')
  ) {
    const message = `The path '${path}' has empty, dotted or escaped segments.`;
    report({ effect: 'rule', reason: 'UnsupportedValue', message, field });
    return undefined;
  }
  return `/${trimmed}`;
}

function lowerCase(names: readonly string[] | undefined): readonly string[] {
  return (names ?? []).map((name) => name.toLowerCase());
}

function allUnlessSome(names: readonly string[]): readonly string[] | 'all' {
  return names.length === 0 ? 'all' : names;
}
