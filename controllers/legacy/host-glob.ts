import type { MappingHost } from '../../lib/api/legacy/mod.ts';

/**
 * Globs of hostnames: a `*` in front or behind, which stands for at least one character, dots too; `*` alone is any host.
 * They are Envoy's own domains.
 */
export const ANY = '*';

/** Whether all that `hostname` takes is taken by `glob`. */
export function globCovers(glob: string, hostname: string): boolean {
  if (glob === ANY || glob === hostname) return true;
  if (glob.startsWith('*')) {
    const suffix = glob.slice(1);
    // `*` of the other needs a character of its own in front of what both end with.
    return !hostname.endsWith('*') && hostname.endsWith(suffix) && hostname.length > suffix.length;
  }
  if (!glob.endsWith('*')) return false;
  const prefix = glob.slice(0, -1);
  return !hostname.startsWith('*') && hostname.startsWith(prefix) && hostname.length > prefix.length;
}

/** Whether there can be a host that both take. */
export function globsMeet(a: string, b: string): boolean {
  if (globCovers(a, b) || globCovers(b, a)) return true;
  // One says how hosts begin, the other how they end.
  return (a.startsWith('*') && b.endsWith('*')) || (a.endsWith('*') && b.startsWith('*'));
}

/** Whether a hostname can be a domain of Envoy, and what a client asks for. */
export function isGlob(hostname: string): boolean {
  if (/[/\s]/.test(hostname)) return false;
  const star = hostname.indexOf('*');
  if (star < 0 || hostname === ANY) return true;
  return hostname.indexOf('*', star + 1) < 0 && (star === 0 || star === hostname.length - 1);
}

/** Sorts the domain that Envoy prefers first: names, then endings, then beginnings, the longer first, then any. */
export function byPreference(a: string, b: string): number {
  return kindOf(a) - kindOf(b) || b.length - a.length || (a < b ? -1 : a > b ? 1 : 0);
}

function kindOf(glob: string): number {
  if (glob === ANY) return 3;
  if (glob.startsWith('*')) return 1;
  return glob.endsWith('*') ? 2 : 0;
}

const PORT = /:[0-9]+$/;

export function withoutPort(host: string): string {
  return host.replace(PORT, '');
}

/** A regular expression that the `:authority` of requests has to fit besides their domain: one for a port has that port. */
export function authorityOf({ type, value }: MappingHost): string | undefined {
  if (type === 'Regex') return value;
  const [port] = PORT.exec(value) ?? [];
  return port === undefined ? undefined : `.*${port}`;
}

/** Whether Envoy can tell connections by it: a name, `*.suffix` or `*`. */
export function isServerName(hostname: string): boolean {
  return /^(\*|(\*\.)?[^*]+)$/.test(hostname);
}
