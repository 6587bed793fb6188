import { z } from 'zod';

import { unionMember } from './rule.ts';
import { text } from './text.ts';

export type HTTPPathModifierType = 'ReplaceFullPath' | 'ReplacePrefixMatch';

/** A new path: exactly the field that `type` names is present. */
export interface HTTPPathModifier {
  readonly type: HTTPPathModifierType;
  readonly replaceFullPath?: string | undefined;
  readonly replacePrefixMatch?: string | undefined;
}

export const pathModifierSchema: z.ZodType<HTTPPathModifier> = z.object({
  type: z.enum(['ReplaceFullPath', 'ReplacePrefixMatch']),
  replaceFullPath: text({ max: 1024 }).optional(),
  replacePrefixMatch: text({ max: 1024 }).optional(),
}).check(
  ...unionMember<HTTPPathModifier>({
    field: 'replaceFullPath',
    type: 'ReplaceFullPath',
    by: 'type',
    rules: ['c04f03f4', '85716a2b'],
  }),
  ...unionMember<HTTPPathModifier>({
    field: 'replacePrefixMatch',
    type: 'ReplacePrefixMatch',
    by: 'type',
    rules: ['02cf2852', '4dba3b1d'],
  }),
);
