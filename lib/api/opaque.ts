import { z } from 'zod';

/** A mapping that is handed on as it is; whoever gets it knows what its fields mean. */
export type Opaque = Readonly<Record<string, unknown>>;

const maxDepth = 20;

/** Any mapping whose nesting is bounded, so that walking it is safe. */
export const opaqueSchema: z.ZodType<Opaque> = z.record(z.string(), z.unknown()).check((payload) => {
  if (!isDeeperThan(payload.value, maxDepth)) return;
  const message = `is nested more than ${maxDepth} levels deep`;
  payload.issues.push({ code: 'custom', message, input: payload.value, continue: false });
});

function isDeeperThan(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return depth === 0 || Object.values(value).some((child) => isDeeperThan(child, depth - 1));
}
