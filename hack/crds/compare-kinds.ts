import type { z } from 'zod';

import { type KindInfo, schemaOf } from '../../lib/api/kinds.ts';
import { compare } from './compare.ts';
import type { Exceptions } from './exceptions.ts';
import { ownSchema } from './own-schema.ts';
import type { Channel, CRD } from './upstream.ts';

export interface KindsComparison {
  readonly kinds: Readonly<Record<string, KindInfo>>;
  readonly crds: Readonly<Record<Channel, readonly CRD[]>>;
  readonly exceptions: Exceptions;
}

/** How our kinds differ from the CRDs of both channels, and which exceptions nothing needed. */
export function compareKinds(comparison: KindsComparison): string[] {
  const { crds, exceptions } = comparison;
  const used = new Set<string>();
  const findings = [
    ...crds.experimental.flatMap((crd) => compareCRD(comparison, { crd, channel: 'experimental', used })),
    ...crds.standard.flatMap((crd) => compareCRD(comparison, { crd, channel: 'standard', used })),
    ...kindsWithoutCRD(comparison),
  ];
  const listed = [
    ...Object.keys(exceptions.rules),
    ...Object.keys(exceptions.kinds),
    ...exceptions.patterns.map((pattern) => pattern.upstream),
  ];
  const unused = listed.filter((name) => !used.has(name)).map((name) =>
    `exception ${name}: nothing needs it`
  );
  return [...findings, ...unused];
}

interface OneCRD {
  readonly crd: CRD;
  readonly channel: Channel;
  readonly used: Set<string>;
}

function compareCRD(comparison: KindsComparison, { crd, channel, used }: OneCRD): string[] {
  const { group, names, scope, versions } = crd.spec;
  const at = `${channel} ${names.kind}`;
  if (comparison.exceptions.kinds[names.kind] !== undefined) {
    used.add(names.kind);
    return [];
  }
  const info = comparison.kinds[names.kind];
  if (info === undefined) return [`${at}: is a kind only upstream`];
  const findings: string[] = [];
  if (info.group !== group) findings.push(`${at}: the group is ${group} upstream, ${info.group} here`);
  if (info.plural !== names.plural) {
    findings.push(`${at}: the plural is ${names.plural} upstream, ${info.plural} here`);
  }
  if (info.namespaced !== (scope === 'Namespaced')) findings.push(`${at}: the scope is ${scope} upstream`);
  const served = versions.filter((version) => version.served);
  const exact = channel === 'experimental';
  for (const { name, schema: { openAPIV3Schema } } of served) {
    const path = `${at} ${name}`;
    if (!info.versions.includes(name)) {
      findings.push(`${path}: is a version only upstream`);
      continue;
    }
    const common = { exact, exceptions: comparison.exceptions, used };
    const { spec, status } = openAPIV3Schema.properties ?? {};
    const own = ownSchema(schemaOf(info, name)).properties?.spec ?? {};
    findings.push(...compare({ ...common, upstream: spec ?? {}, own, path: `${path} spec` }));
    if (status === undefined) continue;
    // The API server's placeholder of a new object; a status that we write has no defaults.
    const { default: _, ...written } = withoutConditionsDefault(status);
    findings.push(
      ...compare({ ...common, upstream: written, own: statusSchema(info.status), path: `${path} status` }),
    );
  }
  if (exact) {
    const names = new Set(served.map((version) => version.name));
    for (const version of info.versions) {
      if (!names.has(version)) findings.push(`${at} ${version}: is a version only here`);
    }
  }
  return findings;
}

function statusSchema(status: z.ZodType | undefined): ReturnType<typeof ownSchema> {
  return status === undefined ? {} : ownSchema(status);
}

function withoutConditionsDefault(
  status: CRD['spec']['versions'][number]['schema']['openAPIV3Schema'],
): typeof status {
  const conditions = status.properties?.conditions;
  if (conditions === undefined) return status;
  const { default: _, ...rest } = conditions;
  return { ...status, properties: { ...status.properties, conditions: rest } };
}

/** Kinds of ours in upstream's groups that no CRD has. */
function kindsWithoutCRD({ kinds, crds }: KindsComparison): string[] {
  const groups = new Set(crds.experimental.map((crd) => crd.spec.group));
  const names = new Set(crds.experimental.map((crd) => crd.spec.names.kind));
  return Object.values(kinds).filter((info) => groups.has(info.group) && !names.has(info.kind))
    .map((info) => `${info.kind}: is a kind only here`);
}
