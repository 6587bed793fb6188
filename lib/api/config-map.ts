import { z } from 'zod';

import { base64MapSchema } from './base64.ts';
import { type Manifest, namespacedMetaSchema } from './manifest.ts';
import type { KubeObject } from './object.ts';

export interface ConfigMap extends KubeObject {
  readonly kind: 'ConfigMap';
  /** Text by key. */
  readonly data: Readonly<Record<string, string>>;
  /** Base64 by key. */
  readonly binaryData: Readonly<Record<string, string>>;
}

export const configMapSchema: z.ZodType<Manifest<ConfigMap>> = z.object({
  apiVersion: z.string(),
  kind: z.literal('ConfigMap'),
  metadata: namespacedMetaSchema,
  data: z.record(z.string(), z.string()).default(() => ({})),
  binaryData: base64MapSchema.default(() => ({})),
});
