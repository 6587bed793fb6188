import type { HTTPPathModifier, HTTPRequestRedirectFilter } from '../../lib/api/mod.ts';
import type { PathRewrite, RedirectAction } from '../../lib/model/mod.ts';

/** A redirect. Its port is the scheme's own if it says a scheme alone, and the listener's if it says neither. */
export function translateRedirect(filter: HTTPRequestRedirectFilter): RedirectAction {
  const { scheme, hostname, path, statusCode } = filter;
  const port = portOf(filter);
  return {
    type: 'redirect',
    status: statusCode,
    ...(scheme === undefined ? {} : { scheme }),
    ...(hostname === undefined ? {} : { hostname }),
    ...(port === undefined ? {} : { port }),
    ...(path === undefined ? {} : { path: translatePath(path) }),
  };
}

function portOf({ scheme, port }: HTTPRequestRedirectFilter): RedirectAction['port'] {
  if (scheme === undefined) return port ?? 'listener';
  return port === (scheme === 'https' ? 443 : 80) ? undefined : port;
}

/** The new path of a redirect or rewrite. */
export function translatePath(path: HTTPPathModifier): PathRewrite {
  return path.type === 'ReplaceFullPath'
    ? { type: 'full', value: rooted(path.replaceFullPath ?? '') }
    : { type: 'prefix', value: rooted(path.replacePrefixMatch ?? '') };
}

/** A request's path begins with a slash whatever the route says. */
function rooted(path: string): string {
  return path.startsWith('/') ? path : `/${path}`;
}
