import { readdirSync, readFileSync } from 'node:fs';

/** Envoys below a process, by their ids (Linux). */
export function envoysOf(pid: number): readonly number[] {
  const parents = new Map<number, { parent: number; name: string }>();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const [, name = '', parent] =
        /^\d+ \((.*)\) \S (\d+)/.exec(readFileSync(`/proc/${entry}/stat`, 'utf8')) ?? [];
      parents.set(Number(entry), { parent: Number(parent), name });
    } catch {
      // It ended meanwhile.
    }
  }
  const below = (id: number): boolean => {
    const parent = parents.get(id)?.parent;
    return parent !== undefined && (parent === pid || below(parent));
  };
  return [...parents].filter(([id, { name }]) => name === 'envoy' && below(id)).map(([id]) => id);
}

/** Whether a process runs; one that waits for its parent's attention does not. */
export function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
