import { z } from 'zod';

import { type Dialect, isStrict } from './dialect.ts';
import { sorted } from './headers.ts';
import { cosmetic } from './shape.ts';

/** What is sent to the rate limit service of one domain. */
export interface LabelDomain {
  readonly domain: string;
  readonly groups: readonly LabelGroup[];
}

/** Labels that make one descriptor; a request that lacks what one of them needs has none of the group. */
export interface LabelGroup {
  readonly name: string;
  readonly labels: readonly Label[];
}

/** One entry of a descriptor, as Envoy's `RateLimit.Action` has it. */
export type Label =
  | { readonly type: 'source_cluster' | 'destination_cluster' | 'remote_address' }
  | { readonly type: 'generic_key'; readonly key: string; readonly value: string }
  | {
    readonly type: 'request_headers';
    readonly key: string;
    readonly headerName: string;
    readonly omitIfNotPresent?: boolean | undefined;
  };

const plainTypes = ['source_cluster', 'destination_cluster', 'remote_address'] as const;
type PlainType = typeof plainTypes[number];
const defaultKey = 'generic_key';

function isPlain(text: string): text is PlainType {
  return (plainTypes as readonly string[]).includes(text);
}

function plain(type: PlainType): z.ZodOptional {
  return z.object({ key: z.literal(type) }).optional();
}

/** Exactly one of the fields. */
const specifierSchema: z.ZodType<Label> = z.object({
  source_cluster: plain('source_cluster'),
  destination_cluster: plain('destination_cluster'),
  remote_address: plain('remote_address'),
  generic_key: z.object({ key: z.string().optional(), value: z.string(), v2Shorthand: cosmetic }).optional(),
  request_headers: z.object({
    key: z.string(),
    header_name: z.string(),
    omit_if_not_present: z.boolean().optional(),
  }).optional(),
}).transform((specifier, context): Label => {
  const [type, ...others] = Object.keys(specifier);
  if (type !== undefined && others.length === 0) {
    if (isPlain(type)) return { type };
    const { generic_key, request_headers } = specifier;
    if (generic_key !== undefined) {
      return { type: 'generic_key', key: generic_key.key || defaultKey, value: generic_key.value };
    }
    if (request_headers !== undefined) return requestHeader(request_headers);
  }
  context.addIssue({ code: 'custom', message: 'needs exactly one of its fields' });
  return z.NEVER;
});

interface WrittenHeader {
  readonly key: string;
  readonly header_name: string;
  readonly omit_if_not_present?: boolean | undefined;
}

function requestHeader({ key, header_name, omit_if_not_present: omit }: WrittenHeader): Label {
  const label = { type: 'request_headers', key, headerName: header_name } as const;
  return omit === undefined ? label : { ...label, omitIfNotPresent: omit };
}

const shorthandSchema = z.string().transform((text): Label => {
  return isPlain(text) ? { type: text } : { type: 'generic_key', key: defaultKey, value: text };
});

const genericSchema = z.object({ generic_key: z.string(), v3Key: z.string().optional() })
  .transform(({ generic_key: value, v3Key }): Label => ({
    type: 'generic_key',
    key: v3Key || defaultKey,
    value,
  }));

/** `{KEY: {header: NAME}}`. */
const headerSchema = z.record(
  z.string(),
  z.object({ header: z.string(), omit_if_not_present: z.boolean().optional() }),
).transform((byKey, context): Label => {
  const [found, ...others] = Object.entries(byKey);
  if (found === undefined || others.length > 0) {
    context.addIssue({ code: 'custom', message: 'needs exactly one key' });
    return z.NEVER;
  }
  const [key, { header, omit_if_not_present }] = found;
  return requestHeader({ key, header_name: header, omit_if_not_present });
});

const shorthandsSchema: z.ZodType<Label> = z.union([shorthandSchema, genericSchema, headerSchema]);

/** Labels in a Module, which no version of its CRD checked, so that all ways to write them are in use. */
export const anyLabelsSchema: z.ZodType<readonly Label[]> = z.array(
  z.union([shorthandSchema, genericSchema, specifierSchema, headerSchema]),
);

function groupSchema(dialect: Dialect): z.ZodType<LabelGroup> {
  const labels = z.array(isStrict(dialect) ? specifierSchema : shorthandsSchema);
  return z.record(z.string(), labels).transform((byName, context): LabelGroup => {
    const [found, ...others] = Object.entries(byName);
    if (found === undefined || others.length > 0) {
      context.addIssue({ code: 'custom', message: 'needs exactly one name with its list of labels' });
      return z.NEVER;
    }
    return { name: found[0], labels: found[1] };
  });
}

/** The field `labels`: groups by domain. */
export function labelDomains(dialect: Dialect): z.ZodType<readonly LabelDomain[]> {
  return z.record(z.string(), z.array(groupSchema(dialect)))
    .transform((byDomain) => sorted(byDomain).map(([domain, groups]) => ({ domain, groups })));
}

/** v0's `rate_limits`: which domain they are for is the RateLimitService's to say. */
export const rateLimitsSchema: z.ZodType<readonly LabelGroup[]> = z.array(z.object({
  descriptor: z.string().optional(),
  headers: z.array(z.string()).default([]),
})).transform((limits) =>
  limits.map(({ descriptor, headers }, index) => ({
    name: `v0_ratelimit_${String(index).padStart(2, '0')}`,
    labels: [
      ...plainTypes.map((type): Label => ({ type })),
      ...(descriptor === undefined || descriptor === ''
        ? []
        : [{ type: 'generic_key', key: defaultKey, value: descriptor } as const]),
      ...headers.map((header) => requestHeader({ key: header, header_name: header })),
    ],
  }))
);
