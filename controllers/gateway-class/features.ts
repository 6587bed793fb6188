import type { InstalledDefinition } from '../flow.ts';
import type { Settings } from '../settings.ts';

/**
 * Features of Gateway API v1.7.0 that are implemented, by the names of upstream's `pkg/features`; what
 * `status.supportedFeatures` claims and the conformance suite runs.
 */
const gateway = [
  'Gateway',
  'GatewayAddressEmpty',
  'GatewayBackendClientCertificate',
  'GatewayFrontendClientCertificateValidation',
  'GatewayFrontendClientCertificateValidationInsecureFallback',
  'GatewayHTTPListenerIsolation',
  'GatewayHTTPSListenerDetectMisdirectedRequests',
  'GatewayPort8080',
  'GatewayRouteHostnameIntersectionPrecedence',
  'GatewayStaticAddresses',
  'ListenerSet',
];

const httpRoute = [
  'HTTPRoute',
  'HTTPRoute303RedirectStatusCode',
  'HTTPRoute307RedirectStatusCode',
  'HTTPRoute308RedirectStatusCode',
  'HTTPRouteBackendProtocolH2C',
  'HTTPRouteBackendProtocolWebSocket',
  'HTTPRouteBackendRequestHeaderModification',
  'HTTPRouteBackendTimeout',
  'HTTPRouteBackendURLRewrite',
  'HTTPRouteCORS',
  'HTTPRouteDestinationPortMatching',
  'HTTPRouteHostRewrite',
  'HTTPRouteMethodMatching',
  'HTTPRouteNamedRouteRule',
  'HTTPRouteParentRefPort',
  'HTTPRoutePathRedirect',
  'HTTPRoutePathRewrite',
  'HTTPRoutePortRedirect',
  'HTTPRouteQueryParamMatching',
  'HTTPRouteRequestMirror',
  'HTTPRouteRequestMultipleMirrors',
  'HTTPRouteRequestPercentageMirror',
  'HTTPRouteRequestTimeout',
  'HTTPRouteResponseHeaderModification',
  'HTTPRouteRetryCodes',
  'HTTPRouteRetryConnectionError',
  'HTTPRouteSchemeRedirect',
];

const grpcRoute = ['GRPCRoute', 'GRPCRouteNamedRouteRule', 'GRPCRouteRequestHeaderModifier'];

const l4Routes = ['TCPRoute', 'TLSRoute', 'TLSRouteModeMixed', 'TLSRouteModeTerminate', 'UDPRoute'];

const references = ['BackendTLSPolicy', 'BackendTLSPolicySANValidation', 'ReferenceGrant'];

/** Those of the experimental channel: the definitions of the standard one may lack their fields. */
const experimental = ['ClusterTrustBundle', 'GatewayAddressRoutability', 'GatewayListenerFilters'];

/** What only has an effect where there is something to run. */
const kubernetes = ['GatewayInfrastructure'];
const experimentalInKubernetes = ['GatewayAddressRoutabilityCluster'];

/** Features and the kind that must be installed for them. */
const byKind: readonly (readonly [RegExp, string])[] = [
  [/^BackendTLSPolicy/, 'BackendTLSPolicy'],
  [/^ClusterTrustBundle/, 'ClusterTrustBundle'],
  [/^GRPCRoute/, 'GRPCRoute'],
  [/^HTTPRoute/, 'HTTPRoute'],
  [/^ListenerSet/, 'ListenerSet'],
  [/^ReferenceGrant/, 'ReferenceGrant'],
  [/^TCPRoute/, 'TCPRoute'],
  [/^TLSRoute/, 'TLSRoute'],
  [/^UDPRoute/, 'UDPRoute'],
];

/** In the order of their names, as the API demands; in Kubernetes mode only those whose kinds are installed. */
export function supportedFeatures(
  { mode }: Pick<Settings, 'mode'>,
  installed: ReadonlyMap<string, InstalledDefinition>,
): readonly string[] {
  const everywhere = [...gateway, ...httpRoute, ...grpcRoute, ...l4Routes, ...references];
  if (mode === 'standalone') return [...everywhere, ...experimental].sort();
  const { channel } = installed.get('Gateway') ?? {};
  return [
    ...everywhere,
    ...kubernetes,
    ...(channel === 'standard' ? [] : [...experimental, ...experimentalInKubernetes]),
  ]
    .filter((feature) => byKind.every(([features, kind]) => !features.test(feature) || installed.has(kind)))
    .sort();
}
