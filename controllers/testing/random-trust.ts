import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as fc from 'fast-check';
import { objectsIn } from './golden.ts';
import { type Edit, edits, namespace } from './random-edits.ts';

const certificates = objectsIn(
  readFileSync(join(fileURLToPath(new URL('.', import.meta.url)), 'fixtures/certificates.yaml'), 'utf8'),
);

/** To what may hold trust anchors, or not be there. */
export const trustRef: fc.Arbitrary<object> = fc.constantFrom(
  { group: '', kind: 'ConfigMap', name: 'ca' },
  { group: 'certificates.k8s.io', kind: 'ClusterTrustBundle', name: 'roots' },
  { group: 'certificates.k8s.io', kind: 'ClusterTrustBundle', name: 'example.com:signer:roots' },
  { group: '', kind: 'ConfigMap', name: 'gone' },
);

/** Good and broken key pairs take each other's names. */
export const secrets: fc.Arbitrary<Edit> = fc.tuple(
  namespace,
  fc.constantFrom('web', 'other', 'mixed'),
  fc.constantFrom(0, 0, 1, 1, 2, 3, 4),
).map((
  [namespace, name, content],
): Edit => {
  const from = certificates.filter(({ kind }) => kind === 'Secret')[content];
  return {
    slot: `Secret/${namespace}/${name}`,
    object: from && {
      ...from,
      key: `${namespace}/${name}`,
      metadata: { ...from.metadata, namespace, name },
    },
  };
});

export const configMaps: fc.Arbitrary<Edit> = fc.boolean().map((present): Edit => ({
  slot: 'ConfigMap/default/ca',
  object: present
    ? certificates.find(({ kind, key }) => kind === 'ConfigMap' && key === 'default/ca')
    : undefined,
}));

const PEM = certificates.flatMap((object) =>
  object.kind === 'ConfigMap' ? [object.data['ca.crt'] ?? ''] : []
);

export const trustBundles: fc.Arbitrary<Edit> = fc.constantFrom(undefined, 'example.com/signer').chain(
  (signerName) => {
    const name = signerName === undefined ? 'roots' : 'example.com:signer:roots';
    return edits(
      `ClusterTrustBundle//${name}`,
      fc.constantFrom(...PEM, PEM.join(''), '').map((trustBundle) => ({
        apiVersion: 'certificates.k8s.io/v1',
        kind: 'ClusterTrustBundle',
        metadata: { name },
        spec: { trustBundle, ...(signerName === undefined ? {} : { signerName }) },
      })),
    );
  },
);
