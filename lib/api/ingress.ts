import { z } from 'zod';

import { type Manifest, namespacedMetaSchema } from './manifest.ts';
import type { KubeObject } from './object.ts';

/** Of an Ingress nothing is read but its annotations: `getambassador.io/config` may stand there. */
export interface Ingress extends KubeObject {
  readonly kind: 'Ingress';
}

export const ingressSchema: z.ZodType<Manifest<Ingress>> = z.object({
  apiVersion: z.string(),
  kind: z.literal('Ingress'),
  metadata: namespacedMetaSchema,
});
