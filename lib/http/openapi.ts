import { z } from 'zod';

/** One endpoint as OpenAPI describes it. */
export interface Operation {
  readonly path: string;
  readonly summary: string;
  readonly query?: z.ZodType;
  readonly response: z.ZodType | 'text';
  /** Status codes other than 200, with what they mean. */
  readonly errors?: Readonly<Record<number, string>>;
}

/** An OpenAPI 3.1 document; path parameters are written `{name}`. */
export function openapi(info: { title: string; version: string }, operations: readonly Operation[]): unknown {
  const schemas: Record<string, unknown> = {};
  const paths: Record<string, unknown> = {};
  for (const operation of operations) {
    const content = operation.response === 'text'
      ? { 'text/plain': { schema: { type: 'string' } } }
      : { 'application/json': { schema: inline(operation.response, schemas) } };
    const responses: Record<string, unknown> = { 200: { description: 'OK', content } };
    for (const [status, description] of Object.entries(operation.errors ?? {})) {
      responses[status] = { description };
    }
    paths[operation.path] = {
      get: { summary: operation.summary, parameters: parametersOf(operation), responses },
    };
  }
  return { openapi: '3.1.0', info, paths, components: { schemas } };
}

/** JSON Schema of a zod schema, with its named parts moved to the components. */
function inline(schema: z.ZodType, components: Record<string, unknown>): unknown {
  const { $schema: _, $defs, ...rest } = z.toJSONSchema(schema, { io: 'output' }) as Record<string, unknown>;
  for (const [name, part] of Object.entries(($defs ?? {}) as Record<string, unknown>)) {
    components[name] = repoint(part);
  }
  return repoint(rest);
}

function repoint(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value).replaceAll('"#/$defs/', '"#/components/schemas/'));
}

function parametersOf({ path, query }: Operation): unknown[] {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  if (query === undefined) return inPath;
  const { properties } = z.toJSONSchema(query, { io: 'input' }) as {
    properties: Record<string, { description?: string }>;
  };
  const inQuery = Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: 'query',
    description,
    schema,
  }));
  return [...inPath, ...inQuery];
}
