import type { z } from 'zod';

import { itemRule } from './rule.ts';

interface Named {
  readonly name?: string | undefined;
}

/** The rules of a route that have a name have different ones. */
export const uniqueRuleNames: z.core.$ZodCheck<readonly Named[]> = itemRule<Named>(
  '5d343ad9',
  (rule, rules) =>
    rule.name === undefined || rules.every((other) => other === rule || other.name !== rule.name),
  { message: 'another rule has the same name', path: ['name'] },
);
