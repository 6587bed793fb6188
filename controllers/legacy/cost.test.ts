import assert from 'node:assert/strict';
import { test } from 'node:test';
import { translate } from '../testing/golden.ts';
import type { Mapping } from '../../lib/api/legacy/mod.ts';

const listener = `
apiVersion: getambassador.io/v3alpha1
kind: Listener
metadata: { name: http }
spec: { port: 8080, protocol: HTTP, securityModel: XFP, hostBinding: { namespace: { from: ALL } } }
`;

function hostAndMapping(index: number): string {
  return `
---
apiVersion: getambassador.io/v3alpha1
kind: Host
metadata: { name: h${index} }
spec: { hostname: h${index}.example }
---
apiVersion: getambassador.io/v3alpha1
kind: Mapping
metadata: { name: m${index} }
spec: { hostname: h${index}.example, prefix: /, service: web.example.org }
`;
}

test('one edited Mapping is one virtual host that is sent, whatever else there is', () => {
  const { graph, objects, resources, virtualHosts } = translate(
    listener + Array.from({ length: 50 }, (_, index) => hostAndMapping(index)).join(''),
  );
  assert.equal(virtualHosts.size, 50);
  const mapping = objects.Mapping.get('default/m7') as Mapping;
  objects.Mapping.set({ ...mapping, spec: { ...mapping.spec, timeoutMs: 1_000 } });
  const batch = graph.commit();
  assert.deepEqual(batch.changes(resources).map(({ key }) => key), [
    'VirtualHost|Listener/default/http/8080/h7.example',
  ]);
  assert.deepEqual(batch.changes(virtualHosts), []);
});
