import type { BackendObjectReference } from './backend-reference.ts';
import type { Fraction } from './fraction.ts';

/** Sends a copy of each request, or of a share of them, to a backend whose response is ignored. */
export interface HTTPRequestMirrorFilter {
  readonly backendRef: BackendObjectReference;
  /** 0 to 100; never together with `fraction`. */
  readonly percent?: number | undefined;
  readonly fraction?: Fraction | undefined;
}
