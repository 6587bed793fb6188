import { z } from 'zod';

import type { OwnSchema } from './own-schema.ts';
import type { OpenAPISchema } from './upstream.ts';

/** A field that may hold anything; what it should hold is checked where it is read. */
const anything: OpenAPISchema = { 'x-kubernetes-preserve-unknown-fields': true };

/**
 * A schema as a CRD has it. No defaults, so that objects stay as they were written. Where a value may be of several
 * types, which structural schemas cannot say, anything is taken.
 */
export function structuralSchema(schema: z.ZodType): OpenAPISchema {
  return structural(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as OwnSchema);
}

function structural(written: OwnSchema): OpenAPISchema {
  const { type, properties, additionalProperties: others, items, pattern, minLength } = written;
  const values = written.enum ?? (written.const === undefined ? undefined : [written.const]);
  if (values !== undefined) {
    return { type: typeof values[0] === 'number' ? 'integer' : 'string', enum: values };
  }
  switch (type) {
    case 'string':
      return {
        type,
        ...(minLength === undefined ? {} : { minLength }),
        ...(pattern === undefined ? {} : { pattern }),
      };
    case 'boolean':
      return { type };
    case 'integer':
      return { type, ...bounds(written) };
    case 'array':
      return { type, items: structural(items ?? {}) };
    case 'object':
      break;
    default:
      return anything;
  }
  if (properties !== undefined) {
    const { required = [] } = written;
    const fields = Object.entries(properties).sort(([a], [b]) => (a < b ? -1 : 1));
    return {
      type,
      ...(required.length === 0 ? {} : { required: [...required].sort() }),
      properties: Object.fromEntries(fields.map(([name, field]) => [name, structural(field)])),
    };
  }
  if (typeof others !== 'object' || Object.keys(others).length === 0) return { type, ...anything };
  return { type, additionalProperties: structural(others) };
}

/** Without the bounds that every whole number has. */
function bounds({ minimum, maximum }: OwnSchema): OpenAPISchema {
  return {
    ...(minimum === undefined || minimum <= Number.MIN_SAFE_INTEGER ? {} : { minimum }),
    ...(maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER ? {} : { maximum }),
  };
}
