import type { Gateway } from '../../lib/api/gateway.ts';
import { durationMs } from '../../lib/api/duration.ts';
import type { GatewayParametersSpec } from '../../lib/api/gateway-parameters.ts';
import type { Fetch, Index } from '../../lib/graph/types.ts';
import type { Diagnostic, Listener, ObjectRef } from '../../lib/model/mod.ts';
import type { GatewayResult, SecretUse } from '../flow.ts';
import { type ListenerSetReads, listenerSetsOf } from '../listener-set/attached.ts';
import { STANDALONE_FLEET } from '../settings.ts';
import { telemetryPolicyFor, type TelemetryPolicyResult } from '../telemetry-policy/translate.ts';
import { admissionOf, type AdmissionReads } from './admission.ts';
import { chainIdOf, portKey, portListeners, routeConfigs } from './chains.ts';
import { clientCertificate } from './client-certificate.ts';
import { overlappingTls } from './conflicts.ts';
import { http3Of } from './http3.ts';
import { type JudgedListener, judgeListeners, type JudgeReads } from './judge.ts';
import { type ListenerSource, sourceOf } from './listeners.ts';
import type { VerdictContext } from './listener-verdict.ts';
import { projectionOf } from './projections.ts';
import { notAllowed, verdictOf } from './verdict.ts';

export interface GatewayReads extends JudgeReads, ListenerSetReads, AdmissionReads {
  /** By their targets, see `telemetryTargets`. */
  readonly telemetryPolicies: Index<TelemetryPolicyResult>;
}

/** Everything that a Gateway and its ListenerSets become; undefined if its class is not ours. */
export function translateGateway(
  gateway: Gateway,
  fetch: Fetch,
  reads: GatewayReads,
): GatewayResult | undefined {
  const admission = admissionOf(gateway, fetch, reads);
  if (admission === undefined) return undefined;
  const { parameters, place, refusals } = admission;
  const { settings } = reads;
  const own = sourceOf(gateway);
  const sets = listenerSetsOf(gateway, fetch, reads);
  const [allowed, refused] = [sets.allowed.map(sourceOf), sets.refused.map(sourceOf)];
  const sources = [own, ...allowed];

  const client = clientCertificate(gateway, fetch, reads);
  const judged = judgeListeners(gateway, fetch, {
    ...reads,
    sources,
    address: place.address,
    clientCertificate: client.use?.name,
  });
  const all = [...judged.values()];

  const { address } = place;
  const fleet = settings.mode === 'standalone' ? STANDALONE_FLEET : gateway.key;
  const http3 = http3Of(all, fetch, {
    ...reads,
    wanted: parameters.http3 === true,
    gateway: own.object,
    address,
  });
  const telemetry = telemetryPolicyFor(fetch, reads.telemetryPolicies, gateway.key);
  // In Kubernetes one that is not accepted gets no proxies; those that it has from before go on serving.
  const serves = refusals.length === 0 || settings.mode === 'kubernetes';
  const listeners = serves && address !== undefined
    ? portListeners(all, {
      gateway: own.object,
      fleet,
      address,
      settings,
      tracing: telemetry?.tracing,
      proxyProtocol: proxyProtocolOf(parameters),
      udpIdleTimeout: durationMs(parameters.udpIdleTimeout ?? UDP_IDLE_TIMEOUT),
      http3: http3.listeners,
    })
    : [];
  const context = contextOf(own.object, { judged, sources, listeners });
  const unresolved = client.problems;

  const projecting = { gateway: own.object, fleet, settings, clientCertificate: client.use?.name };
  return {
    key: gateway.key,
    projections: [
      ...all.map((listener) =>
        projectionOf(listener.declared, {
          ...projecting,
          judged: listener,
          chainId: chainIdOf(listener, all),
        })
      ),
      ...refused.flatMap((set) => set.listeners).map((declared) => projectionOf(declared, projecting)),
    ],
    listeners,
    routeConfigs: routeConfigs(listeners),
    filters: all.flatMap(({ filters }) => filters ?? []),
    collectors: telemetry?.cluster === undefined ? [] : [telemetry.cluster],
    secrets: secretsOf(all.filter((listener) => context.listenerOf(listener) !== undefined), [
      ...(client.use === undefined ? [] : [client.use]),
      ...telemetry?.secrets ?? [],
    ]),
    status: verdictOf(gateway, { ...context, own, allowed, refused, place, settings, refusals, unresolved }),
    diagnostics: distinct([
      ...refusals,
      ...place.unusable,
      ...unresolved,
      ...client.notes,
      ...http3.notes,
      ...all.flatMap(({ findings, notes }) => findings.map(({ diagnostic }) => diagnostic).concat(notes)),
      ...refused.map(({ object }) => refusedSet(object, own.object)),
    ]),
  };
}

const UDP_IDLE_TIMEOUT = '60s';

const PROXY_PROTOCOL = { Required: 'required', Optional: 'optional', None: undefined } as const;

function proxyProtocolOf(
  { proxyProtocol = 'None' }: GatewayParametersSpec,
): Listener['proxyProtocol'] | undefined {
  return PROXY_PROTOCOL[proxyProtocol];
}

function contextOf(gateway: ObjectRef, { judged, sources, listeners }: {
  readonly judged: ReadonlyMap<string, JudgedListener>;
  readonly sources: readonly ListenerSource[];
  readonly listeners: readonly Listener[];
}): VerdictContext {
  const served = new Set(listeners.map(({ key }) => key));
  const attachable = sources.flatMap((source) => source.listeners).filter(({ key }) =>
    judged.get(key)?.attachable
  );
  return {
    judged,
    overlapping: overlappingTls(attachable),
    listenerOf: ({ servable, declared }) => {
      const key = portKey(gateway, declared.spec);
      return servable && served.has(key) ? key : undefined;
    },
  };
}

function secretsOf(served: readonly JudgedListener[], own: readonly SecretUse[]): readonly SecretUse[] {
  const uses = [...served.flatMap(({ secrets }) => secrets), ...own];
  return [...new Map(uses.map((use) => [use.name, use])).values()];
}

function refusedSet(object: ObjectRef, gateway: ObjectRef): Diagnostic {
  const { reason: code, message } = notAllowed(gateway);
  const fix = 'Allow the namespace in spec.allowedListeners of the Gateway.';
  return { object, severity: 'error', code, field: 'spec.parentRef', message, fix };
}

/** What holds for a port is found for each of its listeners, but told once. */
function distinct(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  return [...new Map(diagnostics.map((diagnostic) => [JSON.stringify(diagnostic), diagnostic])).values()];
}
