import { z } from 'zod';

/** A field that only says how a v2 resource was spelt before it was converted: allowed, and dropped. */
export const cosmetic: z.ZodOptional<z.ZodUnknown> = z.unknown().optional();

type OptionalKeys<S extends z.ZodRawShape> = {
  [K in keyof S]: S[K] extends z.ZodOptional ? K : never;
}[keyof S];

/** A mapping of these fields without those that a dialect lacks, which its type has nevertheless. */
export function without<S extends z.ZodRawShape>(
  shape: S,
  absent: readonly (OptionalKeys<S> & string)[],
): z.ZodObject<S> {
  const names: ReadonlySet<string> = new Set(absent);
  return z.object(Object.fromEntries(Object.entries(shape).filter(([name]) => !names.has(name))) as S);
}

/** A mapping of only these of the fields. */
export function only<S extends z.ZodRawShape>(
  shape: S,
  present: readonly (keyof S & string)[],
): z.ZodObject<S> {
  const names: ReadonlySet<string> = new Set(present);
  return z.object(Object.fromEntries(Object.entries(shape).filter(([name]) => names.has(name))) as S);
}
