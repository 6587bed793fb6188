import { z } from 'zod';

import { rule } from './rule.ts';

/** A share of requests, `numerator / denominator`. */
export interface Fraction {
  readonly numerator: number;
  /** 100 by default. */
  readonly denominator: number;
}

export const fractionSchema: z.ZodType<Fraction> = z.object({
  numerator: z.int32().min(0),
  denominator: z.int32().min(1).default(100),
}).check(
  rule<Fraction>('c7c8b7bb', (fraction) => fraction.numerator <= fraction.denominator, {
    message: 'is greater than the denominator',
    path: ['numerator'],
  }),
);
