/** How the fake API server changes objects. */

type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** RFC 7396: null removes, objects merge, everything else replaces. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isFields(patch)) return patch;
  const merged: Record<string, unknown> = isFields(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete merged[name];
    else merged[name] = mergePatch(merged[name], value);
  }
  return merged;
}

/**
 * A server-side apply by the only manager there is: fields that were applied before and are not any more go, those of
 * others stay. Lists are replaced as a whole.
 */
export function apply(
  target: unknown,
  { before, now }: { readonly before: unknown; readonly now: unknown },
): unknown {
  if (!isFields(now)) return now;
  const merged: Record<string, unknown> = isFields(target) ? { ...target } : {};
  const had = isFields(before) ? before : {};
  for (const name of Object.keys(had)) if (!(name in now)) delete merged[name];
  for (const [name, value] of Object.entries(now)) {
    merged[name] = apply(merged[name], { before: had[name], now: value });
  }
  return merged;
}
