/**
 * The version that a resource is written in. Ambassador up to 0.39 has only `v0`, 0.40 to 1.14 have `v0`, `v1` and
 * `v2`, Emissary 2 and later all but `v0`. Resources of `v0` are in annotations alone: no CRD ever had it.
 *
 * `v3alpha1` takes what v2 takes besides: where nothing converts between versions, an API server answers what was
 * written as v2 under the name of v3alpha1.
 */
export type Dialect = 'v0' | 'v1' | 'v2' | 'v3alpha1';

/**
 * What a resource means where that changed. `0.39` is what Ambassador 0.39 made of `v0`; all that is newer means what
 * Emissary 4 makes of it. Each canonical type that has it says what differs.
 */
export type Semantics = '0.39' | 'current';

export function semanticsOf(dialect: Dialect): Semantics {
  return dialect === 'v0' ? '0.39' : 'current';
}
