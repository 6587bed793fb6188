/** Small random worlds of manifests and feedback, with random edits, for property tests. */

import * as fc from 'fast-check';
import type { GatewayAddress } from '../flow.ts';
import {
  endpointSlices,
  policies,
  referenceGrants,
  services,
  trafficPolicies,
  xBackends,
} from './random-backends.ts';
import { type Edit, GATEWAY_API, manifest } from './random-edits.ts';
import {
  gatewayClass,
  gateways,
  listenerSets,
  parameters,
  serviceRanges,
  telemetryPolicies,
} from './random-gateways.ts';
import { legacyObjects } from './random-legacy.ts';
import { grpcRoutes, httpRoutes, l4Routes } from './random-routes.ts';
import { configMaps, secrets, trustBundles } from './random-trust.ts';

/** What comes from proxies between two commits; indexes are of what there is, modulo its number. */
export type Feedback =
  | { readonly type: 'deliver'; readonly share: number }
  | { readonly type: 'refuse'; readonly index: number }
  | { readonly type: 'forgive'; readonly index: number }
  /** The platform gives a Gateway's Service addresses, or takes them away. */
  | {
    readonly type: 'assign';
    readonly index: number;
    readonly addresses: readonly GatewayAddress[] | undefined;
    readonly byDefault: GatewayAddress['routability'];
  };

export interface Step {
  readonly edits: readonly Edit[];
  readonly feedback: readonly Feedback[];
}

const ADDRESSES: readonly GatewayAddress[] = [
  { type: 'IPAddress', value: '127.0.0.2', routability: '' },
  { type: 'Hostname', value: 'lb.example.com', routability: '' },
  { type: 'IPAddress', value: '10.96.0.7', routability: 'Cluster' },
];

const edit = fc.oneof(
  { arbitrary: gatewayClass, weight: 1 },
  { arbitrary: parameters, weight: 2 },
  { arbitrary: gateways, weight: 5 },
  { arbitrary: listenerSets, weight: 3 },
  { arbitrary: httpRoutes, weight: 8 },
  { arbitrary: grpcRoutes, weight: 4 },
  { arbitrary: l4Routes, weight: 6 },
  { arbitrary: services, weight: 4 },
  { arbitrary: endpointSlices, weight: 3 },
  { arbitrary: referenceGrants, weight: 2 },
  { arbitrary: policies, weight: 2 },
  { arbitrary: xBackends, weight: 4 },
  { arbitrary: trafficPolicies, weight: 3 },
  { arbitrary: secrets, weight: 6 },
  { arbitrary: trustBundles, weight: 2 },
  { arbitrary: configMaps, weight: 1 },
  { arbitrary: serviceRanges, weight: 1 },
  { arbitrary: telemetryPolicies, weight: 2 },
  { arbitrary: legacyObjects, weight: 20 },
);

const feedback: fc.Arbitrary<Feedback> = fc.oneof(
  fc.record({ type: fc.constant('deliver' as const), share: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ type: fc.constant('refuse' as const), index: fc.nat(1000) }),
  fc.record({ type: fc.constant('forgive' as const), index: fc.nat(1000) }),
  fc.record({
    type: fc.constant('assign' as const),
    index: fc.nat(1000),
    addresses: fc.option(fc.subarray([...ADDRESSES]), { nil: undefined }),
    byDefault: fc.constantFrom('' as const, 'Cluster' as const),
  }),
);

const step = fc.record({
  edits: fc.array(edit, { maxLength: 4 }),
  feedback: fc.array(feedback, { maxLength: 2 }),
});

/** Something that serves, so that histories are not mostly about nothing. */
const first: fc.Arbitrary<Step> = fc.record({
  gateways: fc.array(gateways, { minLength: 1, maxLength: 2 }),
  secrets: fc.array(secrets, { minLength: 1, maxLength: 4 }),
  trust: fc.array(fc.oneof(trustBundles, trustBundles, configMaps), { minLength: 1, maxLength: 5 }),
  backends: fc.array(fc.oneof(services, xBackends, trafficPolicies), { minLength: 2, maxLength: 8 }),
  routes: fc.array(fc.oneof(httpRoutes, httpRoutes, grpcRoutes), { minLength: 1, maxLength: 3 }),
  legacy: fc.array(legacyObjects, { maxLength: 10 }),
  rest: fc.array(edit, { minLength: 4, maxLength: 16 }),
}).map(({ gateways, secrets, trust, backends, routes, legacy, rest }) => ({
  edits: [
    {
      slot: 'GatewayClass//dragoman',
      object: manifest({
        apiVersion: GATEWAY_API,
        kind: 'GatewayClass',
        metadata: { name: 'dragoman' },
        spec: { controllerName: 'dragoman.dev/gateway-controller' },
      }),
    },
    ...gateways,
    ...secrets,
    ...trust,
    ...backends,
    ...routes,
    ...legacy,
    ...rest,
  ],
  feedback: [],
}));

export const history: fc.Arbitrary<readonly Step[]> = fc.tuple(first, fc.array(step, { maxLength: 6 })).map((
  [first, steps],
) => [first, ...steps]);
