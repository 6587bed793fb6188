import type { z } from 'zod';

import { isMapping } from '../../known-fields.ts';
import { stringListSchema } from './scalars.ts';

/** Which installations a resource is for. */
export interface Addressed {
  /** Never empty. */
  readonly ambassadorIds: readonly string[];
}

const defaultIds: readonly string[] = ['default'];
/** In front of an id it hides the resource from installations before 2.0, which read no v3alpha1. */
const marker = '--apiVersion-v3alpha1-only--';
/** What installations make for themselves. */
const automatic = '_automatic_';

/** The field `ambassador_id`, as written. */
export const ambassadorIdField: z.ZodOptional<z.ZodType<readonly string[]>> = stringListSchema.optional();

/** The ids that `ambassador_id` means: `default` if there are none. */
export function ambassadorIdsOf(ids: readonly string[] | undefined): readonly string[] {
  if (ids === undefined || ids.length === 0) return defaultIds;
  return ids.map((id) => (id.startsWith(marker) ? id.slice(marker.length) : id));
}

/** The ids that a spec names, though it is wrong otherwise; undefined if they are wrong, too. */
export function writtenAmbassadorIds(spec: unknown): readonly string[] | undefined {
  if (!isMapping(spec)) return defaultIds;
  const { data, success } = ambassadorIdField.safeParse(spec.ambassador_id ?? spec.ambassadorId ?? undefined);
  return success ? ambassadorIdsOf(data) : undefined;
}

/** Whether a resource is for the installation of this id (`AMBASSADOR_ID`). */
export function isAddressedTo(spec: Addressed, id: string): boolean {
  return spec.ambassadorIds.includes(id) || spec.ambassadorIds.includes(automatic);
}
