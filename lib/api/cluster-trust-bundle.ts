import { z } from 'zod';

import { type Manifest, trustBundleMetaSchema } from './manifest.ts';
import { isSubdomain } from './names.ts';
import type { KubeObject } from './object.ts';

/** Trust anchors for the whole cluster, which anybody may refer to (certificates.k8s.io). */
export interface ClusterTrustBundle extends KubeObject {
  readonly kind: 'ClusterTrustBundle';
  readonly spec: ClusterTrustBundleSpec;
}

export interface ClusterTrustBundleSpec {
  /** Whose anchors they are, such as `example.com/signer`: then the object's name begins with `example.com:signer:`. */
  readonly signerName?: string | undefined;
  /** PEM; what is wrong with it is told to those who refer to it. */
  readonly trustBundle: string;
}

export const clusterTrustBundleSchema: z.ZodType<Manifest<ClusterTrustBundle>> = z.object({
  apiVersion: z.string(),
  kind: z.literal('ClusterTrustBundle'),
  metadata: trustBundleMetaSchema,
  spec: z.object({
    signerName: z.string().optional(),
    trustBundle: z.string().default(''),
  }),
}).check(({ value, issues }) => {
  if (isNamedBySigner(value)) return;
  const { metadata: { name }, spec: { signerName = '' } } = value;
  const message = signerName === ''
    ? 'is not a DNS name, as it must be without a signer'
    : `is not ${prefixOf(signerName)} and a DNS name, as the signer demands`;
  issues.push({ code: 'custom', message, path: ['metadata', 'name'], input: name, continue: true });
});

function isNamedBySigner(
  { metadata: { name }, spec: { signerName = '' } }: Manifest<ClusterTrustBundle>,
): boolean {
  const prefix = prefixOf(signerName);
  return name.startsWith(prefix) && isSubdomain(name.slice(prefix.length));
}

function prefixOf(signerName: string): string {
  return signerName === '' ? '' : `${signerName.replaceAll('/', ':')}:`;
}
