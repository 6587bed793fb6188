import assert from 'node:assert/strict';
import { test } from 'node:test';

import { defaultLegacySettings, type Variables } from '../../lib/api/legacy/mod.ts';
import type { Dataflow } from '../graph.ts';
import { translate } from '../testing/golden.ts';

const world = `
apiVersion: getambassador.io/v3alpha1
kind: Listener
metadata: { name: http }
spec: { port: 8080, protocol: HTTP, securityModel: XFP, hostBinding: { namespace: { from: ALL } } }
---
apiVersion: getambassador.io/v3alpha1
kind: Host
metadata: { name: all }
spec: { hostname: '*' }
---
apiVersion: getambassador.io/v3alpha1
kind: Mapping
metadata: { name: written }
spec: { hostname: '*', prefix: /written/, service: '\${REGION}.example.net', rewrite: '/\${OTHER}/' }
---
apiVersion: getambassador.io/v3alpha1
kind: Mapping
metadata: { name: plain }
spec: { hostname: '*', prefix: '/plain$/', service: plain.example.net }
---
apiVersion: getambassador.io/v3alpha1
kind: Mapping
metadata: { name: elsewhere }
spec: { ambassador_id: ['\${ID}'], hostname: '*', prefix: /elsewhere/, service: '\${OTHER}.example.net' }
---
apiVersion: v1
kind: Service
metadata:
  name: shop
  annotations:
    getambassador.io/config: |
      ---
      apiVersion: getambassador.io/v2
      kind: Mapping
      name: annotated
      prefix: /annotated/
      service: shop.\${REGION}.example.net
`;

function withVariables(variables?: Variables): Dataflow {
  return translate(world, {
    legacy: { ...defaultLegacySettings, ...(variables === undefined ? {} : { variables }) },
  });
}

function backends({ clusters }: Dataflow): readonly string[] {
  return clusters.values().map(({ backend }) => backend.name).sort();
}

function told({ diagnostics }: Dataflow): readonly string[] {
  return diagnostics.values().flatMap(({ key, diagnostics }) =>
    diagnostics.filter(({ code }) => code === 'UnknownVariable').map(({ severity, message }) =>
      `${severity} ${key} ${message.split(' ')[0]}`
    )
  );
}

test('variables stand for their values in manifests and annotations', () => {
  const dataflow = withVariables({ REGION: 'west' });
  assert.deepEqual(backends(dataflow), ['plain.example.net', 'shop.west.example.net', 'west.example.net']);
  assert.equal(dataflow.legacy.judged.get('Mapping/default/elsewhere'), undefined);
  assert.deepEqual(told(dataflow), ['warning Mapping/default/written ${OTHER}']);
});

test('whose resource it is may be a variable, and those of others are told nothing', () => {
  const dataflow = withVariables({ REGION: 'west', ID: 'default' });
  assert.ok(dataflow.legacy.judged.get('Mapping/default/elsewhere'));
  assert.deepEqual(told(dataflow), [
    'warning Mapping/default/elsewhere ${OTHER}',
    'warning Mapping/default/written ${OTHER}',
  ]);
});

test('without any all stay as they are, and are told', () => {
  assert.deepEqual(told(withVariables()), [
    'warning Mapping/default/annotated ${REGION}',
    'warning Mapping/default/written ${OTHER}',
    'warning Mapping/default/written ${REGION}',
  ]);
});
