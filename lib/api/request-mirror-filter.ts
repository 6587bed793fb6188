import { z } from 'zod';

import { type BackendObjectReference, backendObjectReferenceSchema } from './backend-reference.ts';
import { type Fraction, fractionSchema } from './fraction.ts';
import { rule } from './rule.ts';

/** Sends a copy of each request, or of a share of them, to a backend whose response is ignored. */
export interface HTTPRequestMirrorFilter {
  readonly backendRef: BackendObjectReference;
  /** 0 to 100; never together with `fraction`. */
  readonly percent?: number | undefined;
  readonly fraction?: Fraction | undefined;
}

export const requestMirrorFilterSchema: z.ZodType<HTTPRequestMirrorFilter> = z.object({
  backendRef: backendObjectReferenceSchema,
  percent: z.int32().min(0).max(100).optional(),
  fraction: fractionSchema.optional(),
}).check(
  rule<HTTPRequestMirrorFilter>(
    '2179202e',
    (mirror) => mirror.percent === undefined || mirror.fraction === undefined,
    { message: 'must be absent if there is a percent', path: ['fraction'] },
  ),
);
