import type { KubeObject } from './recorder.ts';

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration?: number;
}

interface Status {
  readonly conditions?: readonly Condition[];
  readonly addresses?: readonly { readonly value: string }[];
  readonly listeners?: readonly {
    readonly name: string;
    readonly attachedRoutes?: number;
    readonly conditions?: readonly Condition[];
  }[];
  readonly parents?: readonly ParentStatus[];
  readonly ancestors?: readonly (Omit<ParentStatus, 'parentRef'> & { readonly ancestorRef: Reference })[];
}

interface ParentStatus {
  readonly parentRef: Reference;
  readonly controllerName: string;
  readonly conditions?: readonly Condition[];
}

interface Reference {
  readonly kind?: string;
  readonly namespace?: string;
  readonly name: string;
  readonly sectionName?: string;
  readonly port?: number;
}

/** What an object's status says, a line each; the first names the object. */
export function conditionLines(object: KubeObject): string[] {
  const { kind, metadata } = object;
  const status = (object.status ?? {}) as Status;
  const generation = (object.metadata as { readonly generation?: number }).generation ?? 0;
  const told = (who: string, conditions: readonly Condition[] = []): string[] =>
    conditions.length === 0
      ? [`  ${who}no conditions`]
      : conditions.map((condition) => `  ${who}${describe(condition, generation)}`);
  return [
    `${kind} ${metadata.namespace === undefined ? '' : `${metadata.namespace}/`}${metadata.name}, ` +
    `generation ${generation}`,
    ...(status.addresses === undefined
      ? []
      : [`  addresses: ${status.addresses.map(({ value }) => value).join(', ') || 'none'}`]),
    ...(status.parents === undefined && status.ancestors === undefined ? told('', status.conditions) : []),
    ...(status.listeners ?? []).flatMap(({ name, attachedRoutes = 0, conditions }) =>
      told(`listener ${name}, ${attachedRoutes} routes: `, conditions)
    ),
    ...(status.parents ?? []).flatMap(({ parentRef, controllerName, conditions }) =>
      told(`${reference(parentRef)} by ${controllerName}: `, conditions)
    ),
    ...(status.ancestors ?? []).flatMap(({ ancestorRef, controllerName, conditions }) =>
      told(`${reference(ancestorRef)} by ${controllerName}: `, conditions)
    ),
  ];
}

function describe(
  { type, status, reason, message, observedGeneration }: Condition,
  generation: number,
): string {
  const stale = observedGeneration === generation ? '' : `, of generation ${observedGeneration ?? 'unknown'}`;
  return `${type}=${status} ${reason}${message === '' ? '' : ` "${message}"`}${stale}`;
}

function reference({ kind = 'Gateway', namespace, name, sectionName, port }: Reference): string {
  const place = namespace === undefined ? name : `${namespace}/${name}`;
  return [
    `${kind} ${place}`,
    ...(sectionName === undefined ? [] : [`section ${sectionName}`]),
    ...(port === undefined ? [] : [`port ${port}`]),
  ].join(' ');
}
