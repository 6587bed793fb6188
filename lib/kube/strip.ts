import type { RawObject } from './resource.ts';

/** Data keys that anything reads, of Secrets and ConfigMaps. */
const readKeys = new Set([
  'tls.crt',
  'tls.key',
  'ca.crt',
  // Of legacy resources, and Istio's names.
  'crl.pem',
  'cert_required',
  'cert-chain.pem',
  'key.pem',
  'root-cert.pem',
]);

/** Kinds of which nothing reads an annotation; those of EndpointSlices change with every update. */
const withoutAnnotations = new Set(['Namespace', 'EndpointSlice', 'Secret', 'ConfigMap']);

/** The object without what nothing reads and what may be large, so that it is neither checked nor kept. */
export function strip(object: RawObject): RawObject {
  const { kind = '' } = object;
  if (!withoutAnnotations.has(kind)) return object;
  const { annotations: _, managedFields: __, ...metadata } = object.metadata as
    & RawObject['metadata']
    & { readonly managedFields?: unknown };
  if (kind !== 'Secret' && kind !== 'ConfigMap') return { ...object, metadata };
  const { data, binaryData } = object as { readonly data?: unknown; readonly binaryData?: unknown };
  return { ...object, metadata, ...reduced({ data, binaryData }) };
}

function reduced(maps: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  for (const [field, map] of Object.entries(maps)) {
    if (typeof map !== 'object' || map === null) continue;
    kept[field] = Object.fromEntries(Object.entries(map).filter(([key]) => readKeys.has(key)));
  }
  return kept;
}
