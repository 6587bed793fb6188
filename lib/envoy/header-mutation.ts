import { create } from '@bufbuild/protobuf';
import type { HeaderChanges, HeaderValue } from '../model/mod.ts';
import {
  type HeaderValueOption,
  HeaderValueOption_HeaderAppendAction as Append,
  HeaderValueOptionSchema,
} from './gen/envoy/config/core/v3/base_pb.ts';

/** What a route, or a backend of it, does to the headers of one direction. */
export interface EncodedHeaderChanges {
  readonly toAdd: HeaderValueOption[];
  readonly toRemove: string[];
}

const NONE: EncodedHeaderChanges = { toAdd: [], toRemove: [] };

/**
 * Envoy removes first, then sets and adds. It refuses changes of `host` and of pseudo headers there: they are left out,
 * and a request's `Host` is set by `hostOf` instead.
 */
export function headerChanges(changes: HeaderChanges | undefined): EncodedHeaderChanges {
  if (changes === undefined) return NONE;
  return {
    toAdd: [
      ...changes.set.filter(isMutable).map((value) => option(value, Append.OVERWRITE_IF_EXISTS_OR_ADD)),
      ...changes.add.filter(isMutable).map((value) => option(value, Append.APPEND_IF_EXISTS_OR_ADD)),
    ],
    toRemove: changes.remove.filter((name) => isMutable({ name })),
  };
}

/** The host that a change of request headers asks for. */
export function hostOf(changes: HeaderChanges | undefined): string | undefined {
  return changes?.set.find(({ name }) => name.toLowerCase() === 'host')?.value;
}

function isMutable({ name }: Pick<HeaderValue, 'name'>): boolean {
  return name.toLowerCase() !== 'host' && !name.startsWith(':');
}

function option({ name, value, format }: HeaderValue, appendAction: Append): HeaderValueOption {
  return create(HeaderValueOptionSchema, {
    // Envoy expands %COMMANDS% in values; users of Gateway API write literals.
    header: { key: name, value: format === true ? value : value.replaceAll('%', '%%') },
    appendAction,
    keepEmptyValue: true,
  });
}
