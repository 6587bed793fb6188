import type { Condition } from '../../lib/api/condition.ts';

/** Whether something holds, and the reason and message of its condition. */
export interface Standing {
  readonly holds: boolean;
  readonly reason: string;
  readonly message: string;
}

export function conditionOf(
  type: string,
  { holds, reason, message }: Standing,
  { observedGeneration }: { readonly observedGeneration: number },
): Condition {
  return { type, status: holds ? 'True' : 'False', reason, message, observedGeneration };
}
