import { z } from 'zod';

import { constraintOf } from '../../lib/api/rule.ts';

/** Our schema as data: JSON schema, plus what its own checks stand for. */
export interface OwnSchema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, OwnSchema>>;
  readonly additionalProperties?: OwnSchema | boolean;
  readonly items?: OwnSchema;
  readonly required?: readonly string[];
  readonly anyOf?: readonly OwnSchema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  /** Hashes of upstream's validation rules. */
  readonly rules?: readonly string[];
  readonly listType?: string;
  readonly listMapKeys?: readonly string[];
}

/** A zod schema as data, seen from a manifest: fields with defaults are optional. */
export function ownSchema(schema: z.ZodType): OwnSchema {
  const converted = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema instanceof z.ZodType) Object.assign(jsonSchema, ownChecks(zodSchema));
    },
  });
  return converted as OwnSchema;
}

function ownChecks(schema: z.ZodType): Record<string, unknown> {
  const rules: string[] = [];
  const found: Record<string, unknown> = {};
  for (const check of schema.def.checks ?? []) {
    const { rules: ids = [], ...bounds } = constraintOf(check) ?? {};
    rules.push(...ids);
    Object.assign(found, bounds);
  }
  return rules.length === 0 ? found : { ...found, rules };
}
