import { z } from 'zod';

import { headerNameSchema } from './names.ts';
import { uniqueBy, uniqueItems } from './rule.ts';
import { text } from './text.ts';

export interface HTTPHeader {
  readonly name: string;
  readonly value: string;
}

/** Header changes of a request or response: `set` replaces, `add` appends, then `remove`. */
export interface HTTPHeaderFilter {
  readonly set?: readonly HTTPHeader[] | undefined;
  readonly add?: readonly HTTPHeader[] | undefined;
  readonly remove?: readonly string[] | undefined;
}

// The same language as upstream's pattern, in which JavaScript could backtrack for ever.
const headerValue = /^[!-~]+([\t ][!-~]+)*$/;

export const headerValueSchema: z.ZodType<string> = text({ min: 1, max: 4096 })
  .regex(headerValue, 'printable ASCII, with single spaces or tabs only inside');

/** At most 16 headers of different names. */
export const headersSchema: z.ZodType<HTTPHeader[]> = z
  .array(z.object({ name: headerNameSchema, value: headerValueSchema })).max(16)
  .check(uniqueBy<HTTPHeader>({ keys: ['name'], what: 'header' }));

export const headerFilterSchema: z.ZodType<HTTPHeaderFilter> = z.object({
  set: headersSchema.optional(),
  add: headersSchema.optional(),
  remove: z.array(z.string()).max(16).check(uniqueItems()).optional(),
});
