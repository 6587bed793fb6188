import { z } from 'zod';

import { camel } from './camel.ts';

/** Another body for answers of one status code. */
export interface ErrorResponseOverride {
  readonly onStatusCode: number;
  readonly body: ErrorResponseBody;
}

export interface ErrorResponseBody {
  readonly textFormat?: string | undefined;
  readonly jsonFormat?: Readonly<Record<string, string>> | undefined;
  /** A file of the proxy. */
  readonly textFormatSource?: { readonly filename: string } | undefined;
  readonly contentType?: string | undefined;
}

// YAML makes numbers and booleans of what JSON bodies often hold.
const jsonValueSchema = z.union([z.string(), z.number(), z.boolean()]).transform(String);

export const errorResponsesSchema: z.ZodType<readonly ErrorResponseOverride[]> = z.array(
  z.object({
    on_status_code: z.int().min(400).max(599),
    body: z.object({
      text_format: z.string().optional(),
      json_format: z.record(z.string(), jsonValueSchema).optional(),
      text_format_source: z.object({ filename: z.string() }).optional(),
      content_type: z.string().optional(),
    }).transform(camel),
  }).transform(camel),
);
