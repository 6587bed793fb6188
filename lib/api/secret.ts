import { z } from 'zod';

import { base64MapSchema, encodeBase64 } from './base64.ts';
import { type Manifest, namespacedMetaSchema } from './manifest.ts';
import type { KubeObject } from './object.ts';

export interface Secret extends KubeObject {
  readonly kind: 'Secret';
  /** `Opaque` by default. */
  readonly type: string;
  /** Base64 by key; `stringData` of the manifest is encoded and merged in. */
  readonly data: Readonly<Record<string, string>>;
}

export const secretSchema: z.ZodType<Manifest<Secret>> = z.object({
  apiVersion: z.string(),
  kind: z.literal('Secret'),
  metadata: namespacedMetaSchema,
  type: z.string().default('Opaque'),
  data: base64MapSchema.default(() => ({})),
  stringData: z.record(z.string(), z.string()).optional(),
}).transform(({ stringData, data, ...rest }): Manifest<Secret> => {
  if (stringData === undefined) return { ...rest, data };
  const encoded = Object.entries(stringData).map(([key, text]) => [key, encodeBase64(text)]);
  return { ...rest, data: { ...data, ...Object.fromEntries(encoded) } };
});
