import { z } from 'zod';

const alphabet = /^[A-Za-z0-9+/]*={0,2}$/;

/** Base64 by key. Line breaks, as `base64` and YAML blocks add them, are dropped; values are never in messages. */
export const base64MapSchema: z.ZodType<Record<string, string>> = z.record(
  z.string(),
  z.string().overwrite((text) => text.replaceAll(/\s/g, '')).check((payload) => {
    if (payload.value.length % 4 === 0 && alphabet.test(payload.value)) return;
    const message = 'is not base64; plain text belongs into stringData of a Secret or data of a ConfigMap';
    payload.issues.push({ code: 'custom', message, input: undefined, continue: true });
  }),
);

/** Base64 of the UTF-8 bytes of a text. */
export function encodeBase64(text: string): string {
  let binary = '';
  for (const byte of new TextEncoder().encode(text)) binary += String.fromCodePoint(byte);
  return btoa(binary);
}
