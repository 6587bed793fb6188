import { create } from '@bufbuild/protobuf';
import type { Endpoint, Endpoints } from '../model/mod.ts';
import { ClusterLoadAssignmentSchema } from './gen/envoy/config/endpoint/v3/endpoint_pb.ts';
import {
  type LbEndpoint,
  LbEndpointSchema,
  type LocalityLbEndpoints,
  LocalityLbEndpointsSchema,
} from './gen/envoy/config/endpoint/v3/endpoint_components_pb.ts';
import { socketAddress } from './address.ts';
import type { Resource } from './resource.ts';
import { seal } from './seal.ts';

/** Endpoints by zone. Draining ones have the next priority: they are used only while no other is left. */
export function encodeEndpoints({ key, endpoints, pending }: Endpoints): Resource {
  const serving = endpoints.filter(({ draining }) => draining !== true);
  const draining = endpoints.filter((endpoint) => endpoint.draining === true);
  const resource = seal(
    ClusterLoadAssignmentSchema,
    create(ClusterLoadAssignmentSchema, {
      clusterName: key,
      // Priorities must begin with 0 and have no gap.
      endpoints: serving.length === 0
        ? localities(draining, 0)
        : [...localities(serving, 0), ...localities(draining, 1)],
    }),
    { type: 'ClusterLoadAssignment', name: key },
  );
  return pending === true ? { ...resource, version: 'pending', pending } : resource;
}

function localities(endpoints: readonly Endpoint[], priority: number): LocalityLbEndpoints[] {
  const zones = new Map<string, Endpoint[]>();
  for (const endpoint of endpoints) {
    const zone = endpoint.zone ?? '';
    const others = zones.get(zone);
    if (others === undefined) zones.set(zone, [endpoint]);
    else others.push(endpoint);
  }
  return [...zones].map(([zone, members]) =>
    create(LocalityLbEndpointsSchema, {
      priority,
      ...(zone === '' ? {} : { locality: { zone } }),
      lbEndpoints: members.map(lbEndpoint),
    })
  );
}

function lbEndpoint({ address, port, weight }: Endpoint): LbEndpoint {
  return create(LbEndpointSchema, {
    hostIdentifier: { case: 'endpoint', value: { address: socketAddress(address, port) } },
    ...(weight === undefined ? {} : { loadBalancingWeight: weight }),
  });
}
