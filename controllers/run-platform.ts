/** What the graph and the platform tell each other beside objects. */

import type { Gateway } from '../lib/api/mod.ts';
import { controllerOf, type LiveObjects, type Update } from '../lib/kube/mod.ts';
import type { Dataflow } from './graph.ts';
import { addressesOf } from './infra/addresses.ts';
import { metadataOf } from './infra/manifest.ts';
import { clientSecretName, infraName } from './infra/names.ts';
import type { WantedSecret } from './run-pki.ts';

/** Which kinds are installed, and where Gateways are reached. */
export function fillPlatform({ objects, feedback }: Dataflow, live: LiveObjects, update: Update): void {
  const { changes, infrastructure, installed } = update;
  if (installed !== undefined) {
    const now = new Set(installed.map(({ kind }) => kind));
    for (const { key } of feedback.installed.values()) if (!now.has(key)) feedback.installed.delete(key);
    for (const { kind, channel, bundleVersion } of installed) {
      feedback.installed.set({ key: kind, channel, bundleVersion });
    }
  }
  // What the update changes is not committed yet.
  const gateways = new Map<string, Gateway | undefined>();
  for (const change of changes) {
    if ('delete' in change) {
      if (change.delete.kind === 'Gateway') gateways.set(change.delete.key, undefined);
    } else if (change.set.kind === 'Gateway') gateways.set(change.set.key, change.set);
  }
  const services = new Set(infrastructure.map(({ key }) => key).filter((key) => key.startsWith('Service/')));
  if (services.size > 0) {
    for (const gateway of objects.Gateway.values()) {
      if (!gateways.has(gateway.key) && services.has(serviceKey(gateway))) gateways.set(gateway.key, gateway);
    }
  }
  for (const [key, gateway] of gateways) {
    const service = gateway && live.get(serviceKey(gateway));
    // A Gateway that was made again under its name has nothing of the Service of the one before, which is about to go.
    if (service === undefined || controllerOf(service.metadata)?.uid !== gateway?.metadata.uid) {
      feedback.addresses.delete(key);
    } else {
      const { spec, status } = service;
      feedback.addresses.set({ key, ...addressesOf({ spec, status }) });
    }
  }
}

function serviceKey(gateway: Gateway): string {
  return `Service/${gateway.metadata.namespace}/${infraName(gateway)}`;
}

const GATEWAY = 'Gateway/';

/** Every Gateway that has proxies, or may have kept them, has a certificate for them. */
export function wantedSecrets({ infraPlans, gatewayObjects }: Dataflow): readonly WantedSecret[] {
  return infraPlans.values().flatMap((plan) => {
    const key = plan.key.startsWith(GATEWAY) ? plan.key.slice(GATEWAY.length) : '';
    const gateway = gatewayObjects.get(key);
    if (gateway === undefined) return [];
    const metadata = { ...metadataOf(gateway), name: clientSecretName(gateway) };
    return [{ gateway: key, secret: `${metadata.namespace}/${metadata.name}`, metadata }];
  });
}
