/** What the status API shows of resources of `getambassador.io`: each with what it became. */

import type { Condition } from '../lib/api/mod.ts';
import type { LegacyView } from '../lib/http/schemas.ts';
import type { Listing } from '../lib/http/sources.ts';
import type { Dataflow } from './graph.ts';
import { inputOf } from './inputs.ts';
import type { Judged } from './legacy/conditions.ts';
import { legacyOutcomes } from './run-legacy-outcomes.ts';
import { conditionView, listing, type Locate } from './run-views.ts';

export function legacyViews(dataflow: Dataflow, locate: Locate): Listing<LegacyView> {
  const { legacy, statuses } = dataflow;
  const outcomeOf = legacyOutcomes(legacy);
  return listing(legacy.listed, ({ object }) => object, (judged) => {
    const { kind, namespace, name } = judged.object;
    const status = statuses.get(judged.key)?.status as LegacyStatus | undefined;
    const { state, reason, errorReason, conditions = [] } = status ?? {};
    return {
      kind,
      namespace,
      name,
      ...originOf(dataflow, judged, locate),
      state,
      reason: reason ?? errorReason,
      conditions: conditions.map(conditionView),
      became: outcomeOf(judged.object),
    };
  });
}

interface LegacyStatus {
  readonly state?: string;
  readonly reason?: string;
  readonly errorReason?: string;
  readonly conditions?: readonly Condition[];
}

function originOf(
  { objects, legacy, feedback }: Dataflow,
  { key, object: { kind, namespace, name } }: Judged,
  locate: Locate,
): Pick<LegacyView, 'origin' | 'annotationOf' | 'source'> {
  const at = `${namespace}/${name}`;
  const written = inputOf(objects, kind)?.get(at) ?? feedback.unreadable.get(key);
  if (written !== undefined) return { origin: 'manifest', source: locate(kind, at) };
  const found = legacy.annotated.get(key)?.members.at(-1) ??
    legacy.unreadableAnnotated.get(key)?.members.at(-1);
  if (found === undefined) return { origin: 'made up' };
  const { parent } = found;
  return {
    origin: 'annotation',
    annotationOf: `${parent.kind} ${parent.namespace}/${parent.name}`,
    source: locate(kind, at),
  };
}
