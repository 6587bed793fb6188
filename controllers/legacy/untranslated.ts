import {
  configAnnotation,
  inertReason,
  isServed,
  type LegacyObject,
  type LegacySettings,
} from '../../lib/api/legacy/mod.ts';
import type { Ingress, KubeObject } from '../../lib/api/mod.ts';
import type { Collection, Graph, Keyed } from '../../lib/graph/types.ts';
import type { Diagnostic } from '../../lib/model/mod.ts';
import type { ObjectCollections } from '../inputs.ts';
import { parentRef, refOf } from './settings.ts';

/** Something that an object asks for and does not get. `key` is `Kind/namespace/name|field`. */
export interface Untranslated extends Keyed {
  readonly diagnostic: Diagnostic;
}

/** Settings of the ambassador Module that have no effect, for good; docs/legacy.md says why. */
const MODULE_FIELDS = {
  runtimeFlags: 'runtime_flags',
  headerCaseOverrides: 'header_case_overrides',
} as const;

/** Objects in which something may not be translated; their keys begin with their kinds. */
export function untranslatedIn(
  graph: Graph,
  objects: ObjectCollections,
  legacy: LegacySettings,
): readonly Collection<KubeObject>[] {
  const ingresses = graph.map(
    'legacyIngressesOfAmbassador',
    objects.Ingress,
    (ingress) => ofAmbassador(ingress) ? { ...ingress, key: `Ingress/${ingress.key}` } : undefined,
  );
  const kept = (['Module', 'DevPortal', 'Host', 'Listener'] as const).map((kind) => {
    const input: Collection<LegacyObject> = objects[kind];
    return graph.map(
      `legacy${kind}Kept`,
      input,
      (object) => isServed(object, legacy) ? { ...object, key: `${kind}/${object.key}` } : undefined,
    );
  });
  return [ingresses, ...kept];
}

/** Whether Emissary served an Ingress. */
function ofAmbassador({ metadata: { annotations = {} }, spec }: Ingress): boolean {
  const classes = [annotations['kubernetes.io/ingress.class'], spec?.ingressClassName];
  return classes.some((each) => each?.toLowerCase() === 'ambassador');
}

/** What of an object has no effect: never nothing said. */
export function untranslatedDiagnostics(object: KubeObject): readonly Untranslated[] {
  const { key, kind } = object;
  const of = (field: string, message: string): Untranslated => ({
    key: `${key}|${field}`,
    diagnostic: {
      object: kind === 'Ingress' ? parentRef(object) : refOf(object),
      severity: 'warning',
      code: 'NotTranslated',
      field,
      message,
    },
  });
  if (kind === 'Ingress') {
    return [
      of('spec', `Ingresses are not served: of one nothing is read but the annotation ${configAnnotation}.`),
    ];
  }
  if (kind === 'DevPortal') {
    const why = inertReason({ kind, variant: '', dialect: 'v3alpha1', field: 'content' });
    return [of('', `A DevPortal has no effect: it ${why}.`)];
  }
  const { spec } = object as LegacyObject;
  const selector = 'hostBinding' in spec
    ? { field: 'spec.hostBinding.selector', ...spec.hostBinding.selector }
    : 'requestPolicy' in spec
    ? { field: 'spec.mappingSelector', ...spec.mappingSelector }
    : undefined;
  if (selector !== undefined) {
    const message = 'matchExpressions have no effect: only labels are compared, by matchLabels.';
    return selector.matchExpressions === undefined ? [] : [of(`${selector.field}.matchExpressions`, message)];
  }
  if (!('module' in spec)) return [];
  if (spec.module === 'unknown') {
    return [
      of('metadata.name', 'A Module has an effect as ambassador, tls or authentication, and as no other.'),
    ];
  }
  if (spec.module !== 'ambassador') return [];
  const { config } = spec;
  const kept = Object.keys(MODULE_FIELDS) as (keyof typeof MODULE_FIELDS)[];
  return kept.filter((field) => config[field] !== undefined)
    .map((field) => of(`spec.config.${MODULE_FIELDS[field]}`, `${MODULE_FIELDS[field]} has no effect.`));
}
