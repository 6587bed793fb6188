import type { BackendObjectReference } from './backend-reference.ts';
import type { Fraction } from './fraction.ts';
import type { HTTPHeader } from './header-filter.ts';
import type { KubeObject } from './object.ts';
import type { LocalPolicyTargetReference } from './policy-reference.ts';
import type { PolicyStatus } from './policy-status.ts';

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
