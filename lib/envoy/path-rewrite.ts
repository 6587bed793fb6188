import { create } from '@bufbuild/protobuf';
import type { PathRewrite, RouteMatch } from '../model/mod.ts';
import {
  type RegexMatchAndSubstitute,
  RegexMatchAndSubstituteSchema,
} from './gen/envoy/type/matcher/v3/regex_pb.ts';

/** How Envoy is told to rewrite a path: a prefix where that says the same, since a regular expression costs more. */
export type EncodedRewrite =
  | { readonly type: 'prefix'; readonly value: string }
  | { readonly type: 'regex'; readonly value: RegexMatchAndSubstitute };

/** The query string stays as it is. */
export function pathRewrite(rewrite: PathRewrite, match: RouteMatch): EncodedRewrite {
  if (rewrite.type === 'full') return regex('^.*$', rewrite.value.replaceAll('\\', '\\\\'));
  if (rewrite.type === 'string') return { type: 'prefix', value: rewrite.value };
  if (rewrite.type === 'regex') return regex(rewrite.pattern, rewrite.value);
  const matched = trimSlash(match.path.value);
  const value = trimSlash(rewrite.value);
  // `/` matches every path, so its own slash is what is replaced.
  if (matched === '') return { type: 'prefix', value: `${value}/` };
  if (value !== '') return { type: 'prefix', value };
  return regex(`^${escape(matched)}/*`, '/');
}

/** `/a/` means `/a` in prefixes; `/` becomes empty. */
export function trimSlash(path: string): string {
  return path.replace(/\/+$/, '');
}

function regex(pattern: string, substitution: string): EncodedRewrite {
  return {
    type: 'regex',
    value: create(RegexMatchAndSubstituteSchema, {
      pattern: { regex: pattern },
      substitution,
    }),
  };
}

/** Quotes a text for RE2. */
export function escape(text: string): string {
  return text.replace(/[\\^$.|?*+()[\]{}-]/g, '\\$&');
}
