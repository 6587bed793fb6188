import type { InstalledDefinition } from '../flow.ts';
import type { Settings } from '../settings.ts';
import { type Release, releaseOf } from './version.ts';

/**
 * Features of the Gateway API that are implemented, by the names of upstream's `pkg/features` of the releases that are
 * supported; what `status.supportedFeatures` claims and the conformance suite runs.
 */
const gateway = [
  'Gateway',
  'GatewayAddressEmpty',
  'GatewayAddressRoutability',
  'GatewayBackendClientCertificate',
  'GatewayFrontendClientCertificateValidation',
  'GatewayFrontendClientCertificateValidationInsecureFallback',
  'GatewayHTTPListenerIsolation',
  'GatewayHTTPSListenerDetectMisdirectedRequests',
  'GatewayListenerFilters',
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
  'HTTPRouteRetry',
  'HTTPRouteRetryBackendTimeout',
  'HTTPRouteRetryCodes',
  'HTTPRouteRetryConnectionError',
  'HTTPRouteSchemeRedirect',
];

const grpcRoute = ['GRPCRoute', 'GRPCRouteNamedRouteRule', 'GRPCRouteRequestHeaderModifier'];

const l4Routes = ['TCPRoute', 'TLSRoute', 'TLSRouteModeMixed', 'TLSRouteModeTerminate', 'UDPRoute'];

const references = ['BackendTLSPolicy', 'BackendTLSPolicySANValidation', 'ReferenceGrant'];

const trust = ['ClusterTrustBundle'];

/** What only has an effect where there is something to run. */
const kubernetes = ['GatewayAddressRoutabilityCluster', 'GatewayInfrastructure'];

type Channel = 'standard' | 'experimental';

const experimental = ['experimental'] as const;
const both = ['standard', 'experimental'] as const;

/** Features that not every channel of every release has the fields of, or the name: those that do. */
const where: Readonly<Record<string, Readonly<Partial<Record<Release, readonly Channel[]>>>>> = {
  ClusterTrustBundle: { 'v1.7': experimental },
  GatewayAddressRoutability: { 'v1.7': experimental },
  GatewayAddressRoutabilityCluster: { 'v1.7': experimental },
  GatewayListenerFilters: { 'v1.7': experimental },
  HTTPRouteRetry: { 'v1.6': experimental },
  HTTPRouteRetryBackendTimeout: { 'v1.6': experimental },
  HTTPRouteRetryCodes: { 'v1.7': both },
  HTTPRouteRetryConnectionError: { 'v1.6': experimental, 'v1.7': both },
};

/** Kinds that must be installed for the features that begin with these words. */
const kinds = [
  'BackendTLSPolicy',
  'ClusterTrustBundle',
  'GRPCRoute',
  'Gateway',
  'HTTPRoute',
  'ListenerSet',
  'ReferenceGrant',
  'TCPRoute',
  'TLSRoute',
  'UDPRoute',
];

/** In the order of their names, as the API demands; in Kubernetes mode only those that the definitions have. */
export function supportedFeatures(
  { mode }: Pick<Settings, 'mode'>,
  installed: readonly InstalledDefinition[],
): readonly string[] {
  const all = [...gateway, ...httpRoute, ...grpcRoute, ...l4Routes, ...references, ...trust];
  if (mode === 'standalone') return all.filter((feature) => isIn(feature, newest)).sort();
  const definitions = new Map(installed.map((definition) => [definition.key, definition]));
  return [...all, ...kubernetes].filter((feature) => {
    const kind = kinds.find((kind) => feature.startsWith(kind));
    if (kind === undefined || !definitions.has(kind)) return false;
    // Kinds of Kubernetes itself are referred to by those of the Gateway API.
    const definition = definitions.get(kind === 'ClusterTrustBundle' ? 'Gateway' : kind);
    if (definition === undefined) return false;
    const release = releaseOf(definition);
    // What does not tell its channel has at least the fields of the standard one.
    const channel = definition.channel === 'experimental' ? 'experimental' : 'standard';
    return release !== undefined && isIn(feature, { release, channel });
  }).sort();
}

const newest = { release: 'v1.7', channel: 'experimental' } as const;

function isIn(
  feature: string,
  { release, channel }: { readonly release: Release; readonly channel: Channel },
): boolean {
  const releases = where[feature];
  return releases === undefined || releases[release]?.includes(channel) === true;
}
