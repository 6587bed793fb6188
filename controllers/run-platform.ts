/** What the graph and the platform tell each other beside objects. */

import type { Gateway } from '../lib/api/mod.ts';
import type { LiveObjects, Update } from '../lib/kube/mod.ts';
import type { Dataflow } from './graph.ts';
import { addressesOf } from './infra/addresses.ts';
import { metadataOf, owningGateway } from './infra/manifest.ts';
import { clientSecretName, infraName } from './infra/names.ts';
import type { WantedSecret } from './run-pki.ts';

/** Which kinds are installed, and where Gateways are reached. */
export function fillPlatform(
  { objects, feedback }: Dataflow,
  live: LiveObjects,
  { infrastructure, installed }: Pick<Update, 'infrastructure' | 'installed'>,
): void {
  if (installed !== undefined) {
    const now = new Set(installed.map(({ kind }) => kind));
    for (const { key } of feedback.installed.values()) if (!now.has(key)) feedback.installed.delete(key);
    for (const { kind, channel, bundleVersion } of installed) {
      feedback.installed.set({ key: kind, channel, bundleVersion });
    }
  }
  for (const { key, object } of infrastructure) {
    if (!key.startsWith('Service/')) continue;
    const owner = object === undefined ? undefined : owningGateway(object.metadata);
    const gateways = owner === undefined
      ? objects.Gateway.values().filter((gateway) => serviceKey(gateway) === key).map((gateway) =>
        gateway.key
      )
      : [owner];
    for (const gateway of gateways) {
      const known = objects.Gateway.get(gateway);
      const service = live.get(known === undefined ? key : serviceKey(known));
      if (service === undefined) feedback.addresses.delete(gateway);
      else {
        const { spec, status } = service;
        feedback.addresses.set({ key: gateway, ...addressesOf({ spec, status }) });
      }
    }
  }
}

function serviceKey(gateway: Gateway): string {
  return `Service/${gateway.metadata.namespace}/${infraName(gateway)}`;
}

/** Every Gateway that has proxies, or may have kept them, has a certificate for them. */
export function wantedSecrets({ infraPlans, objects }: Dataflow): readonly WantedSecret[] {
  return infraPlans.values().flatMap(({ key }) => {
    const gateway = objects.Gateway.get(key);
    if (gateway === undefined) return [];
    const metadata = { ...metadataOf(gateway), name: clientSecretName(gateway) };
    return [{ gateway: key, secret: `${metadata.namespace}/${metadata.name}`, metadata }];
  });
}
