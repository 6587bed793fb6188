import { z } from 'zod';

import { defined } from './defined.ts';
import type { Dialect } from './dialect.ts';
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

const genericFields = { key: z.string().optional(), value: z.string(), v2Shorthand: cosmetic };
const headerFields = { omit_if_not_present: z.boolean().optional() };

/** `{KEY: {header: NAME}}`, beside which other ways to write a label have keys of their own. */
const byKeySchema = z.object({ header: z.string(), ...headerFields });

/** What v2 has; `v3Key` is only beside `generic_key`. */
const v2Schema = z.object({ generic_key: z.string().optional(), v3Key: z.string().optional() })
  .catchall(byKeySchema).transform(labelOf);

/** v2's ways to write a label, and those that v3alpha1 has instead. */
const allSchema = z.object({
  source_cluster: plain('source_cluster'),
  destination_cluster: plain('destination_cluster'),
  remote_address: plain('remote_address'),
  generic_key: z.union([z.string(), z.object(genericFields)]).optional(),
  v3Key: z.string().optional(),
  request_headers: z.object({ key: z.string(), header_name: z.string(), ...headerFields }).optional(),
}).catchall(byKeySchema).transform(labelOf);

interface WrittenHeader {
  readonly key?: string;
  readonly header_name?: string;
  readonly header?: string;
  readonly omit_if_not_present?: boolean | undefined;
}

interface WrittenLabel {
  readonly generic_key?: string | { readonly key?: string | undefined; readonly value: string } | undefined;
  readonly v3Key?: string | undefined;
  readonly [key: string]: unknown;
}

/** The label that a mapping of exactly one is. */
function labelOf(written: WrittenLabel, context: z.core.$RefinementCtx): Label {
  const { v3Key, ...specifiers } = written;
  const [type, ...others] = Object.keys(specifiers);
  if (type === undefined || others.length > 0) {
    context.addIssue({ code: 'custom', message: 'needs exactly one of its fields' });
    return z.NEVER;
  }
  if (isPlain(type)) return { type };
  const { generic_key: generic } = written;
  if (generic !== undefined) {
    const { key, value } = typeof generic === 'string' ? { key: v3Key, value: generic } : generic;
    return { type: 'generic_key', key: key || defaultKey, value };
  }
  const header = written[type] as WrittenHeader;
  const omitIfNotPresent = header.omit_if_not_present;
  return defined({
    type: 'request_headers',
    key: header.key ?? type,
    headerName: header.header_name ?? header.header ?? '',
    omitIfNotPresent,
  });
}

const shorthandSchema = z.string().transform((text): Label => {
  return isPlain(text) ? { type: text } : { type: 'generic_key', key: defaultKey, value: text };
});

/** Labels in every way to write them. */
export const anyLabelsSchema: z.ZodType<readonly Label[]> = z.array(z.union([shorthandSchema, allSchema]));

const v2LabelsSchema: z.ZodType<readonly Label[]> = z.array(z.union([shorthandSchema, v2Schema]));

function groupSchema(dialect: Dialect): z.ZodType<LabelGroup> {
  const labels = dialect === 'v3alpha1' ? anyLabelsSchema : v2LabelsSchema;
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
      ...headers.map((name): Label => ({ type: 'request_headers', key: name, headerName: name })),
    ],
  }))
);
