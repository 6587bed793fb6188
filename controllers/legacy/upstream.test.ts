import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultLegacySettings } from '../../lib/api/legacy/mod.ts';
import { translate } from '../testing/golden.ts';

const manifests = `# with: legacy
apiVersion: v1
kind: Service
metadata: { name: known, namespace: shop }
spec: { ports: [{ port: 80 }] }
---
apiVersion: v1
kind: Service
metadata: { name: alias, namespace: shop }
spec: { type: ExternalName, externalName: far.example.net }
---
apiVersion: getambassador.io/v3alpha1
kind: Mapping
metadata: { name: known, namespace: shop }
spec: { hostname: '*', prefix: /known/, service: known }
---
apiVersion: getambassador.io/v3alpha1
kind: Mapping
metadata: { name: balanced }
spec: { hostname: '*', prefix: /balanced/, service: known.shop, resolver: endpoint, load_balancer: { policy: least_request } }
---
apiVersion: getambassador.io/v3alpha1
kind: Mapping
metadata: { name: alias, namespace: shop }
spec: { hostname: '*', prefix: /alias/, service: alias }
`;

/** Where the clusters of Services get their endpoints. */
function discoveries(disableEndpoints: boolean): unknown {
  const legacy = { ...defaultLegacySettings, disableEndpoints };
  const { clusters } = translate(manifests, { legacy });
  return clusters.values().filter(({ backend }) => backend.kind === 'Service').map(({ discovery }) =>
    discovery.type === 'hostname' ? discovery.hostname : discovery.type
  );
}

test('a Service is reached at its endpoints, or by its name where nobody is to look at them', () => {
  assert.deepEqual(discoveries(false), ['far.example.net', 'endpoints', 'endpoints']);
  assert.deepEqual(discoveries(true), ['far.example.net', 'known.shop', 'known.shop']);
});
