import { z } from 'zod';

import { type Manifest, namespaceMetaSchema } from './manifest.ts';
import type { KubeObject } from './object.ts';

/** Read for its labels. */
export interface Namespace extends KubeObject {
  readonly kind: 'Namespace';
}

export const namespaceSchema: z.ZodType<Manifest<Namespace>> = z.object({
  apiVersion: z.string(),
  kind: z.literal('Namespace'),
  metadata: namespaceMetaSchema,
});
