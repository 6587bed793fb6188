/** Any hostname at all. */
export const ANY_HOSTNAME = '*';

/** Whether all that `hostname` takes is taken by `pattern`: `*.example.com` takes `a.b.example.com`, not `example.com`. */
export function covers(pattern: string, hostname: string): boolean {
  if (pattern === ANY_HOSTNAME || pattern === hostname) return true;
  return pattern.startsWith('*.') && hostname.endsWith(pattern.slice(1));
}

/** The more specific of two hostnames if the other covers it; nothing if they have no name in common. */
export function intersection(a: string, b: string): string | undefined {
  if (covers(a, b)) return b;
  return covers(b, a) ? a : undefined;
}

/** A hostname and all wildcards that cover it, the most specific first: `a.b`, `*.b`, `*`. */
export function coveringHostnames(hostname: string): readonly string[] {
  const covering = [hostname];
  let dot = hostname.indexOf('.', hostname.startsWith('*.') ? 2 : 0);
  while (dot >= 0) {
    covering.push(`*${hostname.slice(dot)}`);
    dot = hostname.indexOf('.', dot + 1);
  }
  if (hostname !== ANY_HOSTNAME) covering.push(ANY_HOSTNAME);
  return covering;
}

/** Sorts the more specific hostname first: exact ones, then wildcards by length, then any. */
export function bySpecificity(a: string, b: string): number {
  const wildcards = Number(a.startsWith('*')) - Number(b.startsWith('*'));
  return wildcards === 0 ? b.length - a.length : wildcards;
}
