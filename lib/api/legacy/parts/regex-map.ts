import { z } from 'zod';

/** A replacement of what a regular expression (RE2) matches; `\1` in it is the first group. */
export interface RegexMap {
  readonly pattern: string;
  readonly substitution: string;
}

export const regexMapSchema: z.ZodType<RegexMap> = z.object({
  pattern: z.string().default(''),
  substitution: z.string().default(''),
});
