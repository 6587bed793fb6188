import type { KindName } from '../kinds.ts';
import type { RuleCase } from './rule-case.ts';

const target = { group: '', kind: 'Service', name: 'a' };
const validation = { wellKnownCACertificates: 'System', hostname: 'a.b' };
const clientCertificateRef = { name: 'a' };
const backendRef = { name: 'a', port: 4317 };

/** Cases of a kind whose good and bad specs are parts put into a common one. */
function casesOf(
  kind: KindName,
  base: (part: object) => object,
): (rule: string, specs: Pick<RuleCase, 'at'> & { readonly good: object; readonly bad: object }) => RuleCase {
  return (rule, { good, bad, at }) => ({ rule, kind, good: base(good), bad: base(bad), at });
}

const policy = casesOf('BackendTLSPolicy', (part) => ({ targetRefs: [target], validation, ...part }));
const altName = casesOf('BackendTLSPolicy', (name) => ({
  targetRefs: [target],
  validation: { ...validation, subjectAltNames: [name] },
}));
const selected = casesOf('XBackend', (part) => ({
  type: 'EndpointSelector',
  endpointSelector: { matchLabels: { a: 'b' } },
  port: { number: 80 },
  ...part,
}));
const external = casesOf('XBackend', (part) => ({
  type: 'ExternalHostname',
  externalHostname: { hostname: 'a.b' },
  port: { number: 80 },
  ...part,
}));
const retry = casesOf(
  'XBackendTrafficPolicy',
  (retryConstraint) => ({ targetRefs: [target], retryConstraint }),
);
const telemetry = casesOf('XTelemetryPolicy', (part) => ({ targetRefs: [target], ...part }));
const tracing = casesOf('XTelemetryPolicy', (tracing) => ({ targetRefs: [target], tracing }));
const attribute = casesOf('XTelemetryPolicy', (attribute) => ({
  targetRefs: [target],
  tracing: { mode: 'Enabled', provider: { backendRef }, attributes: [{ name: 'a', ...attribute }] },
}));
const enabled = { mode: 'Enabled', provider: { backendRef } };
const attributeAt = 'tracing.attributes[0]';

/** The rules about BackendTLSPolicy and the experimental kinds. */
export const policyRuleCases: readonly RuleCase[] = [
  policy('04db2332', {
    good: { targetRefs: [{ ...target, sectionName: 'x' }, { ...target, sectionName: 'y' }] },
    bad: { targetRefs: [{ ...target, sectionName: 'x' }, target] },
    at: 'targetRefs[0]',
  }),
  policy('ae7c04b5', {
    good: { targetRefs: [target, { ...target, name: 'b' }] },
    bad: { targetRefs: [target, target] },
    at: 'targetRefs[1]',
  }),
  policy('7a4c8606', {
    good: {
      validation: { hostname: 'a.b', caCertificateRefs: [{ group: '', kind: 'ConfigMap', name: 'a' }] },
    },
    bad: { validation: { hostname: 'a.b' } },
    at: 'validation',
  }),
  policy('7a4c8606', {
    good: {},
    bad: { validation: { ...validation, caCertificateRefs: [{ group: '', kind: 'ConfigMap', name: 'a' }] } },
    at: 'validation',
  }),
  altName('9f2f8a20', {
    good: { type: 'Hostname', hostname: 'a.b' },
    bad: { type: 'Hostname' },
    at: 'validation.subjectAltNames[0].hostname',
  }),
  altName('b8b9b475', {
    good: { type: 'URI', uri: 'spiffe://a/b' },
    bad: { type: 'URI', uri: 'spiffe://a/b', hostname: 'a.b' },
    at: 'validation.subjectAltNames[0].hostname',
  }),
  altName('6f0bb440', {
    good: { type: 'URI', uri: 'spiffe://a/b' },
    bad: { type: 'URI' },
    at: 'validation.subjectAltNames[0].uri',
  }),
  altName('3aadac42', {
    good: { type: 'Hostname', hostname: 'a.b' },
    bad: { type: 'Hostname', hostname: 'a.b', uri: 'spiffe://a/b' },
    at: 'validation.subjectAltNames[0].uri',
  }),
  external('05b73fcd', { good: {}, bad: { externalHostname: null }, at: 'externalHostname' }),
  selected('05b73fcd', { good: {}, bad: { externalHostname: { hostname: 'a.b' } }, at: 'externalHostname' }),
  selected('2ef2f889', { good: {}, bad: { endpointSelector: null }, at: 'endpointSelector' }),
  external('2ef2f889', {
    good: {},
    bad: { endpointSelector: { matchLabels: { a: 'b' } } },
    at: 'endpointSelector',
  }),
  external('ebef1fd9', {
    good: { protocol: 'H2C' },
    bad: { protocol: 'H2C', tls: { mode: 'ServerOnly', validation } },
    at: 'tls.mode',
  }),
  external('1a2558c2', {
    good: { protocol: 'HTTP2', tls: { mode: 'ServerOnly', validation } },
    bad: { protocol: 'HTTP2' },
    at: 'tls.mode',
  }),
  external('19c14360', {
    good: { protocol: 'WSS', tls: { mode: 'ServerOnly', validation } },
    bad: { protocol: 'WSS', tls: { mode: 'None' } },
    at: 'tls.mode',
  }),
  external('d7aaa4e3', { good: {}, bad: { sessionPersistence: { cookie: {} } }, at: 'sessionPersistence' }),
  selected('2cb28443', {
    good: { endpointSelector: { matchLabels: { 'a.b/c': 'd' } } },
    bad: { endpointSelector: { matchLabels: { 'a b': 'c' } } },
    at: 'endpointSelector.matchLabels["a b"]',
  }),
  external('d5703499', {
    good: { externalHostname: { hostname: 'cluster.local.example' } },
    bad: { externalHostname: { hostname: 'a.b.svc.cluster.local' } },
    at: 'externalHostname.hostname',
  }),
  external('217c2b8d', {
    good: { tls: { mode: 'ClientAndServer', validation, clientCertificateRef } },
    bad: { tls: { mode: 'ClientAndServer', validation } },
    at: 'tls.clientCertificateRef',
  }),
  external('217c2b8d', {
    good: {},
    bad: { tls: { mode: 'ServerOnly', validation, clientCertificateRef } },
    at: 'tls.clientCertificateRef',
  }),
  external('cc86976f', {
    good: { tls: { mode: 'None' } },
    bad: { tls: { mode: 'ServerOnly' } },
    at: 'tls.validation',
  }),
  external('cc86976f', { good: {}, bad: { tls: { mode: 'None', validation } }, at: 'tls.validation' }),
  retry('6f07595e', {
    good: { budget: { interval: '1h' } },
    bad: { budget: { interval: '1h1ms' } },
    at: 'retryConstraint.budget.interval',
  }),
  retry('6f07595e', {
    good: { budget: { interval: '1s' } },
    bad: { budget: { interval: '999ms' } },
    at: 'retryConstraint.budget.interval',
  }),
  retry('e95bafc3', {
    good: { minRetryRate: { interval: '1ms' } },
    bad: { minRetryRate: { interval: '0s' } },
    at: 'retryConstraint.minRetryRate.interval',
  }),
  telemetry('b105fa7d', { good: { tracing: {} }, bad: {}, at: 'tracing' }),
  tracing('f4964977', { good: enabled, bad: { mode: 'Enabled' }, at: 'tracing.provider' }),
  tracing('f4964977', { good: {}, bad: { provider: { backendRef } }, at: 'tracing.provider' }),
  tracing('1564d86a', {
    good: { ...enabled, samplingRate: { numerator: 1 } },
    bad: { samplingRate: { numerator: 1 } },
    at: 'tracing.samplingRate',
  }),
  tracing('1564d86a', {
    good: { ...enabled, parentBasedSampling: { mode: 'Enabled', samplingRate: { numerator: 1 } } },
    bad: { ...enabled, parentBasedSampling: { samplingRate: { numerator: 1 } } },
    at: 'tracing.parentBasedSampling.samplingRate',
  }),
  tracing('a16dceda', {
    good: { ...enabled, parentBasedSampling: {} },
    bad: { mode: 'Disabled', parentBasedSampling: {} },
    at: 'tracing.parentBasedSampling',
  }),
  tracing('3f6be77b', {
    good: { ...enabled, serviceName: 'a' },
    bad: { serviceName: 'a' },
    at: 'tracing.serviceName',
  }),
  tracing('a7ff9fe8', {
    good: { ...enabled, spanName: 'a b' },
    bad: { spanName: 'a' },
    at: 'tracing.spanName',
  }),
  tracing('46092402', {
    good: { ...enabled, attributes: [] },
    bad: { attributes: [] },
    at: 'tracing.attributes',
  }),
  attribute('33606a03', {
    good: { sourceType: 'Header', headerName: 'a' },
    bad: { sourceType: 'Header' },
    at: `${attributeAt}.headerName`,
  }),
  attribute('d57ce6fc', {
    good: { sourceType: 'Literal', literalValue: 'a' },
    bad: { sourceType: 'Header', headerName: 'a', literalValue: 'a' },
    at: `${attributeAt}.literalValue`,
  }),
  attribute('14da47b9', {
    good: { sourceType: 'Attribute', attributeKey: 'a.b' },
    bad: { sourceType: 'Attribute' },
    at: `${attributeAt}.attributeKey`,
  }),
];
