import type { Condition } from '../api/mod.ts';

/**
 * Types that Gateway API lets the controller of an object set, and those of our own domain: what we do not say any more
 * goes. Conditions of any other type are someone else's.
 */
const ours = new Set([
  'Accepted',
  'AddressesAssigned',
  'AttachedListenerSets',
  'Conflicted',
  'Detached',
  'InsecureFrontendValidationMode',
  'OverlappingTLSConfig',
  'PartiallyInvalid',
  'Programmed',
  'Ready',
  'ResolvedRefs',
  'Scheduled',
  'SupportedVersion',
]);
const ourDomain = 'dragoman.dev/';

/** Upstream's limit of conditions. */
const maxConditions = 8;
/** Characters that the API server takes. */
const maxMessage = 32_768;
const maxReason = 1_024;

/**
 * The wanted conditions among those of others, in the order that is there. `lastTransitionTime` changes with `status` alone;
 * `now` is RFC 3339.
 */
export function mergeConditions(
  observed: readonly Condition[],
  wanted: readonly Condition[],
  now: string,
): readonly Condition[] {
  const left = new Map(wanted.map((condition) => [condition.type, presentable(condition)]));
  const merged: Condition[] = [];
  for (const before of observed) {
    const after = left.get(before.type);
    if (after !== undefined) {
      left.delete(before.type);
      const kept = before.status === after.status ? before.lastTransitionTime : undefined;
      merged.push({ ...after, lastTransitionTime: kept ?? now });
    } else if (!ours.has(before.type) && !before.type.startsWith(ourDomain)) merged.push(before);
  }
  for (const added of left.values()) merged.push({ ...added, lastTransitionTime: now });
  const wantedTypes = new Set(wanted.map(({ type }) => type));
  while (merged.length > maxConditions) {
    const foreign = merged.findLastIndex(({ type }) => !wantedTypes.has(type));
    merged.splice(foreign, 1);
  }
  return merged;
}

/** As the API server takes it. */
function presentable(condition: Condition): Condition {
  const { reason, message } = condition;
  return {
    ...condition,
    reason: reasonPattern.test(reason) && reason.length <= maxReason ? reason : fittingReason(reason),
    message: message.length > maxMessage ? shortened(message) : message,
  };
}

const reasonPattern = /^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/;

function fittingReason(reason: string): string {
  const fitting = reason.replaceAll(/[^A-Za-z0-9_]/g, '').replace(/^[^A-Za-z]+/, '').slice(0, maxReason);
  return fitting === '' ? 'Unknown' : fitting;
}

/** The API server counts code points. */
function shortened(message: string): string {
  const points = Array.from(message);
  return points.length <= maxMessage ? message : `${points.slice(0, maxMessage - 3).join('')}...`;
}
