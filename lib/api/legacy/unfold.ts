import { isMapping } from '../known-fields.ts';
import type { ObjectMeta } from '../object.ts';
import type { Path } from '../rule.ts';

/** A resource of an annotation in the form that manifests have. */
export interface Unfolded {
  readonly manifest: {
    readonly kind: unknown;
    readonly metadata: Readonly<Record<string, unknown>>;
    readonly [field: string]: unknown;
  };
  /** Where in the resource, as it is written, a field of the manifest is. */
  readonly pathOf: (path: Path) => Path;
}

const kept = new Set(['apiVersion', 'kind', 'metadata', 'spec', 'status']);
/** Fields of `metadata`, as they are called outside of it. */
const flatMeta: Readonly<Record<string, string>> = {
  name: 'name',
  namespace: 'namespace',
  generation: 'generation',
  labels: 'metadata_labels',
};

/**
 * Puts the fields of a flat resource (`name: x`, `prefix: /y/`) into `metadata` and `spec`; one that is written like a
 * manifest stays as it is, and so does what a mixture has in place. Namespace and labels are the parent's if it has none.
 */
export function unfold(raw: Readonly<Record<string, unknown>>, parent: ObjectMeta): Unfolded {
  const flat = (name: string): boolean => Object.hasOwn(raw, name) && !kept.has(name);
  const metadata: Record<string, unknown> = isMapping(raw.metadata) ? { ...raw.metadata } : {};
  for (const [field, name] of Object.entries(flatMeta)) if (flat(name)) metadata[field] = raw[name];
  if (metadata.namespace === undefined || metadata.namespace === null || metadata.namespace === '') {
    metadata.namespace = parent.namespace ?? 'default';
  }
  if ((metadata.labels ?? undefined) === undefined && parent.labels !== undefined) {
    metadata.labels = parent.labels;
  }
  const names = new Set(Object.values(flatMeta));
  const own = Object.entries(raw).filter(([name]) => !kept.has(name) && !names.has(name));
  const spec = isMapping(raw.spec) || raw.spec === undefined || raw.spec === null
    ? Object.fromEntries([...Object.entries(raw.spec ?? {}), ...own])
    : raw.spec;
  return {
    manifest: { apiVersion: raw.apiVersion, kind: raw.kind, metadata, spec },
    pathOf: (path) => {
      const [part, field, ...rest] = path;
      if (part === 'metadata' && typeof field === 'string') {
        const name = flatMeta[field];
        const nested = isMapping(raw.metadata) && (name === undefined || !flat(name));
        return nested || name === undefined ? path : [name, ...rest];
      }
      if (part !== 'spec') return path;
      if (typeof field === 'string' && (flat(field) || raw.spec === undefined)) return [field, ...rest];
      return path;
    },
  };
}
