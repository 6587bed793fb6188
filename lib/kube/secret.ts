import type { RawObject, ResourceType } from './resource.ts';

export const secretType: ResourceType = {
  group: '',
  kind: 'Secret',
  plural: 'secrets',
  namespaced: true,
  versions: ['v1'],
};

/** What a Secret holds, as texts by key. */
export type SecretTexts = Readonly<Record<string, string>>;

export function textsOf({ data }: RawObject): SecretTexts {
  return Object.fromEntries(
    Object.entries((data ?? {}) as SecretTexts).map((
      [key, value],
    ) => [key, Buffer.from(value, 'base64').toString('utf8')]),
  );
}

/** As `data` has it. */
export function encoded(texts: SecretTexts): SecretTexts {
  return Object.fromEntries(
    Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString('base64')]),
  );
}
