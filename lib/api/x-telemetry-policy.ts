import { z } from 'zod';

import { type BackendObjectReference, backendObjectReferenceSchema } from './backend-reference.ts';
import { type Fraction, fractionSchema } from './fraction.ts';
import { headersSchema, type HTTPHeader } from './header-filter.ts';
import { type Manifest, namespacedMetaSchema } from './manifest.ts';
import { headerNameSchema } from './names.ts';
import type { KubeObject } from './object.ts';
import { type LocalPolicyTargetReference, localPolicyTargetReferenceSchema } from './policy-reference.ts';
import type { PolicyStatus } from './policy-status.ts';
import { rule, unionMember, uniqueBy } from './rule.ts';
import { text } from './text.ts';

/** Where a Gateway's traces go and which requests are traced. */
export interface XTelemetryPolicy extends KubeObject {
  readonly kind: 'XTelemetryPolicy';
  readonly spec: TelemetryPolicySpec;
}

export interface TelemetryPolicySpec {
  readonly targetRefs: readonly LocalPolicyTargetReference[];
  readonly tracing?: TracingConfig | undefined;
}

export type TracingMode = 'Enabled' | 'Disabled' | 'ImplementationDefault';

/** All but `mode` is present only if `mode` is `Enabled`, and `provider` is then required. */
export interface TracingConfig {
  readonly mode: TracingMode;
  readonly provider?: TracingProvider | undefined;
  readonly samplingRate?: Fraction | undefined;
  readonly parentBasedSampling?: ParentBasedSampling | undefined;
  readonly serviceName?: string | undefined;
  readonly spanName?: string | undefined;
  readonly attributes?: readonly Attribute[] | undefined;
}

/** An OTLP collector. */
export interface TracingProvider {
  readonly backendRef: BackendObjectReference;
  readonly headers?: readonly HTTPHeader[] | undefined;
}

export interface ParentBasedSampling {
  readonly mode: TracingMode;
  readonly samplingRate?: Fraction | undefined;
}

/** A span attribute; exactly the field that `sourceType` asks for is present. */
export interface Attribute {
  readonly name: string;
  readonly sourceType: 'Header' | 'Literal' | 'Attribute';
  readonly headerName?: string | undefined;
  readonly literalValue?: string | undefined;
  readonly attributeKey?: string | undefined;
}

export type TelemetryPolicyStatus = PolicyStatus;

const modeSchema = z.enum(['Enabled', 'Disabled', 'ImplementationDefault']).default('ImplementationDefault');

/** A rule that a field is only for tracing that is enabled. */
function onlyEnabled<T extends { readonly mode: TracingMode }>(
  field: keyof T & string,
  id: string,
): z.core.$ZodCheck<T> {
  return rule<T>(id, (value) => value.mode === 'Enabled' || value[field] === undefined, {
    message: 'is only for mode Enabled',
    path: [field],
  });
}

const attributeSchema = z.object({
  name: text({ min: 1, max: 256 }).regex(/^[a-zA-Z0-9_.:/-]+$/, "letters, digits and '_.:/-'"),
  sourceType: z.enum(['Header', 'Literal', 'Attribute']),
  headerName: headerNameSchema.optional(),
  literalValue: text({ min: 1, max: 1024 }).optional(),
  attributeKey: text({ min: 1, max: 256 }).regex(/^[a-z0-9_.-]+$/, "lower-case letters, digits and '_.-'")
    .optional(),
}).check(
  ...unionMember<Attribute>({ field: 'headerName', type: 'Header', by: 'sourceType', rules: ['33606a03'] }),
  ...unionMember<Attribute>({
    field: 'literalValue',
    type: 'Literal',
    by: 'sourceType',
    rules: ['d57ce6fc'],
  }),
  ...unionMember<Attribute>({
    field: 'attributeKey',
    type: 'Attribute',
    by: 'sourceType',
    rules: ['14da47b9'],
  }),
);

const tracingSchema = z.object({
  mode: modeSchema,
  provider: z.object({
    backendRef: backendObjectReferenceSchema,
    headers: headersSchema.optional(),
  }).optional(),
  samplingRate: fractionSchema.optional(),
  parentBasedSampling: z.object({ mode: modeSchema, samplingRate: fractionSchema.optional() })
    .check(onlyEnabled<ParentBasedSampling>('samplingRate', '1564d86a')).optional(),
  serviceName: text({ min: 1, max: 253 }).regex(/^[a-zA-Z0-9_.:/-]+$/, "letters, digits and '_.:/-'")
    .optional(),
  spanName: text({ min: 1, max: 256 })
    .regex(/^[a-zA-Z0-9_.:/-]+( [a-zA-Z0-9_.:/-]+)*$/, "words of letters, digits and '_.:/-'").optional(),
  attributes: z.array(attributeSchema).check(uniqueBy<Attribute>({ keys: ['name'], what: 'attribute' }))
    .optional(),
}).check(
  ...unionMember<TracingConfig>({ field: 'provider', type: 'Enabled', by: 'mode', rules: ['f4964977'] }),
  onlyEnabled<TracingConfig>('samplingRate', '1564d86a'),
  onlyEnabled<TracingConfig>('parentBasedSampling', 'a16dceda'),
  onlyEnabled<TracingConfig>('serviceName', '3f6be77b'),
  onlyEnabled<TracingConfig>('spanName', 'a7ff9fe8'),
  onlyEnabled<TracingConfig>('attributes', '46092402'),
);

export const xTelemetryPolicySchema: z.ZodType<Manifest<XTelemetryPolicy>> = z.object({
  apiVersion: z.string(),
  kind: z.literal('XTelemetryPolicy'),
  metadata: namespacedMetaSchema,
  spec: z.object({
    targetRefs: z.array(localPolicyTargetReferenceSchema).min(1).max(16),
    tracing: tracingSchema.optional(),
  }).check(
    rule<TelemetryPolicySpec>('b105fa7d', (spec) => spec.tracing !== undefined, {
      message: 'is required: the policy says nothing else',
      path: ['tracing'],
    }),
  ),
});
