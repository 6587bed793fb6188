import type { KubeObject } from './object.ts';

export interface ConfigMap extends KubeObject {
  readonly kind: 'ConfigMap';
  /** Text by key. */
  readonly data: Readonly<Record<string, string>>;
  /** Base64 by key. */
  readonly binaryData: Readonly<Record<string, string>>;
}
