/** What a Secret holds, as texts by key. Never changed once it is read, so what was found out about it is remembered. */
export type SecretData = Readonly<Record<string, string>>;

/** The certificates of a PEM text, each a text that ends with a line break, without what else is between them. */
export function certificatesIn(pem: string): readonly string[] {
  const blocks = pem.matchAll(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g);
  return [...blocks].map(([block]) => `${block}\n`);
}

/** Whether two Secrets hold the same. */
export function isSameData(a: SecretData, b: SecretData): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}
