import { z } from 'zod';

import { camel } from './camel.ts';
import type { Dialect } from './dialect.ts';
import { commaListSchema, stringListSchema } from './scalars.ts';
import { cosmetic, without } from './shape.ts';

export interface CORS {
  /** Origins such as `https://a.example`; `*` for any, which is answered with the request's own. */
  readonly origins?: readonly string[] | undefined;
  readonly methods?: readonly string[] | undefined;
  readonly headers?: readonly string[] | undefined;
  readonly exposedHeaders?: readonly string[] | undefined;
  readonly credentials?: boolean | undefined;
  /** In seconds, as it is sent. */
  readonly maxAge?: string | undefined;
}

/** Methods and headers are joined with commas in the answer, so one string may hold several. */
export function cors(dialect: Dialect): z.ZodType<CORS> {
  return without({
    origins: commaListSchema.optional(),
    methods: stringListSchema.optional(),
    headers: stringListSchema.optional(),
    exposed_headers: stringListSchema.optional(),
    credentials: z.boolean().optional(),
    max_age: z.string().optional(),
    v2CommaSeparatedOrigins: cosmetic,
  }, dialect === 'v3alpha1' ? [] : ['v2CommaSeparatedOrigins']).transform(camel);
}
