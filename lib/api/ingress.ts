import { z } from 'zod';

import { type Manifest, namespacedMetaSchema } from './manifest.ts';
import type { KubeObject } from './object.ts';

/** Of an Ingress nothing is read but its class and its annotations: `getambassador.io/config` may stand there. */
export interface Ingress extends KubeObject {
  readonly kind: 'Ingress';
  readonly spec?: { readonly ingressClassName?: string | undefined } | undefined;
}

export const ingressSchema: z.ZodType<Manifest<Ingress>> = z.object({
  apiVersion: z.string(),
  kind: z.literal('Ingress'),
  metadata: namespacedMetaSchema,
  // Nothing of it is served, so nothing of it is wrong.
  spec: z.object({ ingressClassName: z.string().optional() }).optional().catch(undefined),
});
