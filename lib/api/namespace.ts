import type { KubeObject } from './object.ts';

/** Read for its labels. */
export interface Namespace extends KubeObject {
  readonly kind: 'Namespace';
}
