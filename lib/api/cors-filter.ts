import { z } from 'zod';

import type { HTTPMethod } from './http-route-match.ts';
import { headerNameSchema } from './names.ts';
import { rule, uniqueItems } from './rule.ts';
import { text } from './text.ts';

export type HTTPMethodWithWildcard = HTTPMethod | '*';

/** Answers preflight requests and adds the CORS response headers (GEP-1767). */
export interface HTTPCORSFilter {
  /** `*`, or `scheme://host[:port]` where the host may begin with `*.`. */
  readonly allowOrigins?: readonly string[] | undefined;
  readonly allowCredentials?: boolean | undefined;
  readonly allowMethods?: readonly HTTPMethodWithWildcard[] | undefined;
  readonly allowHeaders?: readonly string[] | undefined;
  readonly exposeHeaders?: readonly string[] | undefined;
  /** Seconds; 5 by default. */
  readonly maxAge: number;
}

const origin = /(^\*$)|(^(http(s)?):\/\/(((\*\.)?([a-zA-Z0-9-]+\.)*[a-zA-Z0-9-]+|\*)(:([0-9]{1,5}))?)$)/;

/** Whether `allowOrigins` may have it. */
export function isOrigin(text: string): boolean {
  return text.length <= 253 && origin.test(text);
}

// Upstream states it once for each of the three lists, in the same words.
const loneWildcard = rule<readonly string[]>(
  'e2610261',
  (list) => list.length < 2 || !list.includes('*'),
  { message: "has '*' beside other entries", path: (list) => [list.indexOf('*')] },
);

export const corsFilterSchema: z.ZodType<HTTPCORSFilter> = z.object({
  allowOrigins: z.array(
    text({ min: 1, max: 253 })
      .regex(
        origin,
        "'*' or scheme://host[:port], where the host may begin with '*.', such as https://*.example.com",
      ),
  ).max(64).check(uniqueItems(), loneWildcard).optional(),
  allowCredentials: z.boolean().optional(),
  allowMethods: z.array(
    z.enum(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH', '*']),
  ).max(9).check(uniqueItems(), loneWildcard).optional(),
  allowHeaders: z.array(headerNameSchema).max(64).check(uniqueItems(), loneWildcard).optional(),
  exposeHeaders: z.array(headerNameSchema).max(64).check(uniqueItems()).optional(),
  maxAge: z.int32().min(1).default(5),
});
