import { type Known, knownFields, skipped } from '../known-fields.ts';
import type { Dialect } from './parts/dialect.ts';
import { type AllLegacyKinds, type LegacyKind, legacyKinds } from './kinds.ts';

/** One field of one version of a kind. */
export interface LegacyField {
  readonly kind: keyof AllLegacyKinds;
  /** Of a Module which it is: `ambassador`, `tls` or `authentication`; otherwise empty. */
  readonly variant: string;
  readonly dialect: Dialect;
  /** From `spec` on, such as `cors.origins`; `[]` is any item of a list, `{}` any key of a mapping. */
  readonly field: string;
}

/**
 * Every field that the schemas take, so that a test can say of each what becomes of it. Read off the schemas, in the
 * order of kinds, versions and fields.
 */
export function legacyFields(): readonly LegacyField[] {
  const kinds: readonly LegacyKind[] = Object.values(legacyKinds);
  return kinds.flatMap(({ kind, dialects, spec, variantOf }) =>
    dialects.flatMap((dialect) => {
      const variants = variantOf === undefined ? [''] : ['ambassador', 'tls', 'authentication'];
      return variants.flatMap((variant) => {
        const known = knownFields(spec(dialect, variant), { open: false });
        return fieldsBelow('', known).map((field) => ({ kind, variant, dialect, field }));
      });
    })
  );
}

function fieldsBelow(path: string, known: Known): string[] {
  if (known === undefined || known === skipped) return [];
  if ('mapping' in known) return [...fieldsBelow(path, known.mapping), ...fieldsBelow(path, known.list)];
  if ('items' in known) return fieldsBelow(`${path}[]`, known.items);
  if (!('fields' in known)) return [];
  const named = [...known.fields].flatMap(([name, field]) => {
    const at = path === '' ? name : `${path}.${name}`;
    return [at, ...fieldsBelow(at, field)];
  });
  return [...named, ...fieldsBelow(`${path}{}`, known.others)];
}
