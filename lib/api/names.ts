import { z } from 'zod';

import { maxProperties, rule } from './rule.ts';
import { text } from './text.ts';

// The patterns are those of the upstream CRDs, letter for letter: hack/check-crds.ts compares them.
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const wildcardHostname = /^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const group = /^$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const kindName = /^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$/;
const headerName = /^[A-Za-z0-9!#$%&'*+\-.^_\x60|~]+$/;
const labelValue = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;
const controllerName =
  /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$/;
const qualifiedName =
  /^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/)?([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]$/;

const subdomainRule =
  "a DNS name: lower-case letters, digits, '-' and '.', each label beginning and ending with a letter or digit";

/** A hostname whose first label may be `*`. */
export const hostnameSchema: z.ZodType<string> = text({ min: 1, max: 253 })
  .regex(wildcardHostname, `${subdomainRule}, and only the first label may be '*'`);

/** A hostname without a wildcard. */
export const preciseHostnameSchema: z.ZodType<string> = text({ min: 1, max: 253 })
  .regex(subdomain, `${subdomainRule}, without a wildcard`);

/** The name of a referenced object, as lax as upstream. */
export const objectNameSchema: z.ZodType<string> = text({ min: 1, max: 253 });

/** `metadata.name` of most kinds. */
export const subdomainSchema: z.ZodType<string> = text({ min: 1, max: 253 }).regex(subdomain, subdomainRule);

/** A namespace's name, and `metadata.name` of a Service. */
export const namespaceNameSchema: z.ZodType<string> = text({ min: 1, max: 63 })
  .regex(
    label,
    "a DNS label: lower-case letters, digits and '-', beginning and ending with a letter or digit",
  );

/** An API group; empty for core kinds. */
export const groupSchema: z.ZodType<string> = text({ max: 253 })
  .regex(group, `empty for core kinds, or ${subdomainRule}`);

export const kindNameSchema: z.ZodType<string> = text({ min: 1, max: 63 })
  .regex(kindName, "letters, digits and '-', beginning with a letter, such as Service");

/** The name of a listener, rule or port. */
export const sectionNameSchema: z.ZodType<string> = text({ min: 1, max: 253 }).regex(
  subdomain,
  subdomainRule,
);

export const headerNameSchema: z.ZodType<string> = text({ min: 1, max: 256 })
  .regex(headerName, "an HTTP token: letters, digits and !#$%&'*+-.^_`|~");

export const controllerNameSchema: z.ZodType<string> = text({ min: 1, max: 253 })
  .regex(controllerName, 'a domain and a path, such as example.com/controller');

export const portNumberSchema: z.ZodType<number> = z.int32().min(1).max(65535);

export const labelValueSchema: z.ZodType<string> = text({ min: 0, max: 63 })
  .regex(labelValue, "letters, digits, '-', '_' and '.', beginning and ending with a letter or digit");

/** Free text of at most 4096 characters by key: annotations and implementation-specific options. */
export const annotationValueSchema: z.ZodType<string> = text({ min: 0, max: 4096 });

/** At most 16 implementation-specific settings. */
export const optionsSchema: z.ZodType<Record<string, string>> = z.record(z.string(), annotationValueSchema)
  .check(maxProperties(16));

/** Whether a label's or annotation's key is well formed: an optional DNS prefix and `/`, then at most 63 characters. */
export function isQualifiedName(key: string): boolean {
  return key.lastIndexOf('/') <= 253 && key.length <= 253 + 1 + 63 && qualifiedName.test(key);
}

export function isSubdomain(name: string): boolean {
  return name.length <= 253 && subdomain.test(name);
}

export function isHostname(name: string): boolean {
  return wildcardHostname.test(name);
}

const keyRules = [
  rule<Record<string, string>>('9d8358ec', (map) => Object.keys(map).every(isQualifiedName), {
    message: "keys are up to 63 letters, digits, '-', '_' and '.', after an optional DNS name and '/'",
    path: (map) => Object.keys(map).filter((key) => !isQualifiedName(key)).slice(0, 1),
  }),
  rule<Record<string, string>>('4b9766f7', (map) => Object.keys(map).every(hasShortPrefix), {
    message: "the part of a key before the '/' has at most 252 characters",
    path: (map) => Object.keys(map).filter((key) => !hasShortPrefix(key)).slice(0, 1),
  }),
];

function hasShortPrefix(key: string): boolean {
  return (key.split('/')[0] ?? '').length < 253;
}

/** Annotations that a Gateway puts on the objects made for it. */
export const infrastructureAnnotationsSchema: z.ZodType<Record<string, string>> = z
  .record(z.string(), annotationValueSchema).check(maxProperties(16), ...keyRules);

/** Labels that a Gateway puts on the objects made for it. */
export const infrastructureLabelsSchema: z.ZodType<Record<string, string>> = z
  .record(z.string(), labelValueSchema).check(maxProperties(8), ...keyRules);
