import type { HTTPHeader, HTTPHeaderFilter } from '../../lib/api/mod.ts';
import type { HeaderChanges, HeaderValue } from '../../lib/model/mod.ts';
import type { Report } from '../route/problem.ts';

export interface TranslatedHeaders {
  readonly changes?: HeaderChanges;
  /** A `set` of `Host`, which is a rewrite of the host and no header to Envoy. */
  readonly host?: string;
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/**
 * Header changes of a filter. Names compare without case, and of several changes of one header the first counts, `set`
 * before `add` before `remove`.
 */
export function translateHeaders(
  filter: HTTPHeaderFilter,
  report: Report,
  { field, direction }: { readonly field: string; readonly direction: 'request' | 'response' },
): TranslatedHeaders {
  const seen = new Set<string>();
  let host: string | undefined;
  /** Whether the name may be changed, and is for the first time. */
  const takes = (name: string, at: string): boolean => {
    const key = name.toLowerCase();
    if (!TOKEN.test(name)) {
      report({
        effect: 'rule',
        reason: 'UnsupportedValue',
        message: `'${name}' is no header name.`,
        field: at,
      });
      return false;
    }
    if (seen.has(key)) {
      const message = `Header ${name} is changed already, so this change is ignored.`;
      report({ effect: 'note', reason: 'DuplicateHeader', message, field: at });
      return false;
    }
    seen.add(key);
    return true;
  };
  const refuseHost = (at: string): void => {
    const message = 'The Host header can be set, but not added to or removed.';
    report({
      effect: 'rule',
      reason: 'UnsupportedValue',
      message,
      field: at,
      fix: 'use a URLRewrite filter',
    });
  };
  const isHost = (name: string): boolean => direction === 'request' && name.toLowerCase() === 'host';

  const set: HeaderValue[] = [];
  for (const [index, { name, value }] of entries(filter.set)) {
    if (!takes(name, `${field}.set[${index}].name`)) continue;
    if (isHost(name)) host = value;
    else set.push({ name, value });
  }
  const add: HeaderValue[] = [];
  for (const [index, { name, value }] of entries(filter.add)) {
    const at = `${field}.add[${index}].name`;
    if (!takes(name, at)) continue;
    if (isHost(name)) refuseHost(at);
    else add.push({ name, value });
  }
  const remove: string[] = [];
  for (const [index, name] of (filter.remove ?? []).entries()) {
    const at = `${field}.remove[${index}]`;
    if (!takes(name, at)) continue;
    if (isHost(name)) refuseHost(at);
    else remove.push(name);
  }
  const changed = set.length + add.length + remove.length > 0;
  return {
    ...(changed ? { changes: { set, add, remove } } : {}),
    ...(host === undefined ? {} : { host }),
  };
}

function entries(headers: readonly HTTPHeader[] | undefined): Iterable<[number, HTTPHeader]> {
  return (headers ?? []).entries();
}

/** Both changes, the second after the first: where they concern the same header its effect is that of both in turn. */
export function chainHeaders(
  first: HeaderChanges | undefined,
  second: HeaderChanges | undefined,
): HeaderChanges | undefined {
  if (first === undefined || second === undefined) return first ?? second;
  const replaced = new Set(
    [...second.set.map(({ name }) => name), ...second.remove].map((name) => name.toLowerCase()),
  );
  const kept = ({ name }: HeaderValue): boolean => !replaced.has(name.toLowerCase());
  const removedNow = new Set(second.remove.map((name) => name.toLowerCase()));
  return {
    set: [...first.set.filter(kept), ...second.set],
    add: [...first.add.filter(kept), ...second.add],
    remove: [...first.remove.filter((name) => !removedNow.has(name.toLowerCase())), ...second.remove],
  };
}
