import { createHash } from 'node:crypto';

/**
 * The name of the Service that stands for an XBackend's selector (GEP-4894), from the XBackend's `uid`. Nobody can know it
 * before the XBackend exists, so nobody comes to rely on its DNS name, as with `generateName`; but all replicas know the
 * same one, so a second leader, or a second try, makes no second Service.
 */
export function selectorServiceName(uid: string): string {
  return `backend-${createHash('sha256').update(`XBackend/${uid}`).digest('hex').slice(0, 20)}`;
}
