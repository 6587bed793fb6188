import { z } from 'zod';

import { text } from './text.ts';

/** A Kubernetes resource quantity that is not negative, such as `2`, `100m` or `512Mi`. */
export type Quantity = number | string;

const quantity = /^\+?([0-9]+(\.[0-9]*)?|\.[0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][-+]?[0-9]{1,2})?$/;

export const quantitySchema: z.ZodType<Quantity> = z.union([
  z.int().min(0),
  text({ min: 1, max: 32 }).regex(quantity, 'a quantity, such as 100m, 2 or 512Mi'),
]);

const factors: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** A decoded quantity as a number: cores, bytes, or whatever it is of. */
export function quantityValue(quantity: Quantity): number {
  if (typeof quantity === 'number') return quantity;
  const [, digits = '', suffix = ''] = /^([+.0-9]+)(.*)$/.exec(quantity) ?? [];
  return /^[eE]./.test(suffix) ? Number(digits + suffix) : Number(digits) * (factors[suffix] ?? 1);
}
