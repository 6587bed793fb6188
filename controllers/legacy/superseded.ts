import type { LegacyObject } from '../../lib/api/legacy/mod.ts';
import type { KubeObject } from '../../lib/api/mod.ts';
import type { Collection, Graph } from '../../lib/graph/types.ts';
import type { Diagnostic } from '../../lib/model/mod.ts';
import { type Finding, findingsOf } from '../findings.ts';
import { refOf } from './settings.ts';

export interface Rivalry<K extends KubeObject & LegacyObject> {
  readonly from: Collection<K>;
  readonly isServed: (object: K) => boolean;
  /** What only one of them may have. */
  readonly same: (object: K) => string;
  /** How that is called, and its field. */
  readonly what: string;
  readonly field: string;
}

/** Tells those that are not used since an earlier one, by namespace and name, has what only one may have. */
export function supersededFindings<K extends KubeObject & LegacyObject>(
  graph: Graph,
  { from, isServed, same, what, field }: Rivalry<K>,
): Collection<Finding> {
  const rivals = graph.index(
    `legacy${from.name}Rivals`,
    from,
    (object) => isServed(object) ? [same(object)] : [],
  );
  return graph.flatMap(
    `legacy${from.name}Superseded`,
    rivals,
    ({ members: [first, ...others] }) =>
      others.flatMap((object) => {
        const diagnostic: Diagnostic = {
          object: refOf(object),
          severity: 'error',
          code: 'Superseded',
          field,
          message: `It is not used: ${first?.kind} ${first?.key} has the same ${what}.`,
        };
        return findingsOf(`${object.kind}/${object.key}/superseded`, [diagnostic]);
      }),
  );
}
