/**
 * Deep structural equality of immutable values: primitives, arrays, plain objects and `Uint8Array`s. A property that is
 * `undefined` equals an absent one, and the order of properties is not content. Anything else (a function, a class
 * instance, a `Map`) equals only itself, which errs on the side of a change.
 */
export function equal(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) {
    return typeof a === 'number' && typeof b === 'number' && Number.isNaN(a) && Number.isNaN(b);
  }
  if (Array.isArray(a)) return Array.isArray(b) && equalItems(a, b);
  if (a instanceof Uint8Array) return b instanceof Uint8Array && equalBytes(a, b);
  return isPlain(a) && isPlain(b) && equalProperties(a, b);
}

function equalItems(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) {
    if (!equal(a[i], b[i])) return false;
  }
  return true;
}

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) {
    if (a[i] !== b[i]) return false;
  }
  return true;
}

type Properties = Readonly<Record<string, unknown>>;

function equalProperties(a: Properties, b: Properties): boolean {
  const keys = Object.keys(a);
  const others = Object.keys(b);
  // Values of one origin list the same properties in the same order: no look-ups by name then.
  let i = 0;
  for (; i < keys.length && keys[i] === others[i]; i++) {
    if (!equal(a[keys[i]!], b[keys[i]!])) return false;
  }
  for (let j = i; j < keys.length; j++) {
    if (!equal(a[keys[j]!], own(b, keys[j]!))) return false;
  }
  for (let j = i; j < others.length; j++) {
    if (b[others[j]!] !== undefined && own(a, others[j]!) === undefined) return false;
  }
  return true;
}

/** Keys are users' words too (labels, header names): `constructor` must not find the inherited one. */
function own(object: Properties, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function isPlain(value: object): value is Properties {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
