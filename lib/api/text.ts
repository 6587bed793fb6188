import { z } from 'zod';

import { maxLength } from './rule.ts';

/**
 * A string of `min` to `max` characters, counted as Unicode code points as the API server does. Checks that follow
 * see no other, so a pattern never runs on a huge one.
 */
export function text(bounds: { readonly min?: number; readonly max: number }): z.ZodString {
  const { min, max } = bounds;
  const string = min === undefined ? z.string() : z.string().min(min, { abort: true });
  return string.check(maxLength(max));
}
