import type { KubeObject } from './object.ts';

export interface Secret extends KubeObject {
  readonly kind: 'Secret';
  /** `Opaque` by default. */
  readonly type: string;
  /** Base64 by key; `stringData` of the manifest is encoded and merged in. */
  readonly data: Readonly<Record<string, string>>;
}
