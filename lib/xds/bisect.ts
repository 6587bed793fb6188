import type { Resource, ResourcePart } from '../envoy/resource.ts';

/**
 * Splits the names of a refused response in two, to find those at fault. Envoy's message may quote names (CDS and LDS do):
 * then the quoted ones are parted from the others; otherwise the list is halved.
 */
export function split(names: readonly string[], message: string): readonly (readonly string[])[] {
  const quoted = names.filter((name) => mentions(message, name));
  if (quoted.length > 0 && quoted.length < names.length) {
    const rest = new Set(names);
    for (const name of quoted) rest.delete(name);
    return [[...rest], quoted];
  }
  const middle = names.length >> 1;
  return [names.slice(0, middle), names.slice(middle)];
}

/** Envoy writes `name: what is wrong`, one a line after the first words. */
function mentions(message: string, name: string): boolean {
  for (let at = message.indexOf(`${name}: `); at >= 0; at = message.indexOf(`${name}: `, at + 1)) {
    const before = at === 0 ? '\n' : message[at - 1];
    if (before === '\n' || before === ' ') return true;
  }
  return false;
}

/** The parts of a refused resource that its last accepted version did not have: one of them must be at fault. */
export function suspects(refused: Resource, accepted: Resource | undefined): readonly ResourcePart[] {
  const known = new Set(accepted?.parts?.map((part) => part.hash));
  const seen = new Set<string>();
  return (refused.parts ?? []).filter(({ hash }) => {
    if (known.has(hash) || seen.has(hash)) return false;
    seen.add(hash);
    return true;
  });
}

/**
 * Finds which of several suspected parts Envoy refuses, by asking it about versions of the resource that lack some.
 * A group of suspects is asked about with all suspects of other groups left out; a refused group is halved.
 */
export class Narrowing {
  readonly resource: Resource;
  readonly #parts: ReadonlyMap<string, ResourcePart>;
  /** Groups still to be asked about; the first is being asked. */
  readonly #groups: string[][];
  readonly #cleared = new Set<string>();
  readonly #guilty: ResourcePart[] = [];

  constructor(resource: Resource, parts: readonly ResourcePart[]) {
    this.resource = resource;
    this.#parts = new Map(parts.map((part) => [part.hash, part]));
    const hashes = [...this.#parts.keys()];
    const middle = hashes.length >> 1;
    this.#groups = [hashes.slice(0, middle), hashes.slice(middle)].filter((group) => group.length > 0);
  }

  /** Hashes of the parts to leave out of the next version to try; absent when all suspects are judged. */
  next(): ReadonlySet<string> | undefined {
    const group = this.#groups[0];
    if (group === undefined) return undefined;
    const without = new Set(this.#parts.keys());
    for (const hash of [...this.#cleared, ...group]) without.delete(hash);
    return without;
  }

  /** Envoy's word about the version of the last `next()`; returns the part that this proves guilty, if any. */
  judge(accepted: boolean): ResourcePart | undefined {
    const group = this.#groups.shift() ?? [];
    if (accepted) {
      for (const hash of group) this.#cleared.add(hash);
      return undefined;
    }
    const [only] = group;
    if (group.length === 1 && only !== undefined) {
      const part = this.#parts.get(only);
      if (part !== undefined) this.#guilty.push(part);
      return part;
    }
    const middle = group.length >> 1;
    this.#groups.unshift(group.slice(0, middle), group.slice(middle));
    return undefined;
  }

  /** Parts proved guilty. Empty at the end if only their combination is refused. */
  get guilty(): readonly ResourcePart[] {
    return this.#guilty;
  }
}
