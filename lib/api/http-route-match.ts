import { z } from 'zod';

import { headerValueSchema } from './header-filter.ts';
import { headerNameSchema } from './names.ts';
import { rule, uniqueBy } from './rule.ts';
import { text } from './text.ts';

export type HTTPMethod =
  | 'GET'
  | 'HEAD'
  | 'POST'
  | 'PUT'
  | 'DELETE'
  | 'CONNECT'
  | 'OPTIONS'
  | 'TRACE'
  | 'PATCH';

/** One alternative of a rule: a request matches if it fits all that is given. */
export interface HTTPRouteMatch {
  readonly path: HTTPPathMatch;
  readonly headers?: readonly HTTPHeaderMatch[] | undefined;
  readonly queryParams?: readonly HTTPQueryParamMatch[] | undefined;
  readonly method?: HTTPMethod | undefined;
}

/** `PathPrefix` of `/` by default. */
export interface HTTPPathMatch {
  readonly type: 'Exact' | 'PathPrefix' | 'RegularExpression';
  readonly value: string;
}

export interface HTTPHeaderMatch {
  readonly type: 'Exact' | 'RegularExpression';
  readonly name: string;
  readonly value: string;
}

export interface HTTPQueryParamMatch {
  readonly type: 'Exact' | 'RegularExpression';
  readonly name: string;
  readonly value: string;
}

const pathCharacters = /^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|[%][0-9a-fA-F]{2})+$/;

/** A rule about paths that are compared literally, so not about regular expressions. */
function literalPathRule(
  id: string,
  holds: (path: string) => boolean,
  message: string,
): z.core.$ZodCheck<HTTPPathMatch> {
  return rule<HTTPPathMatch>(id, (path) => path.type === 'RegularExpression' || holds(path.value), {
    message,
    path: ['value'],
  });
}

const pathMatchSchema = z.object({
  type: z.enum(['Exact', 'PathPrefix', 'RegularExpression']).default('PathPrefix'),
  value: text({ max: 1024 }).default('/'),
}).check(
  literalPathRule('d1b1dcc5', (path) => path.startsWith('/'), "does not begin with '/'"),
  literalPathRule('2a730cba', (path) => !path.includes('//'), "contains '//'"),
  literalPathRule('8c3f86ff', (path) => !path.includes('/./'), "contains '/./'"),
  literalPathRule('ced0ffea', (path) => !path.includes('/../'), "contains '/../'"),
  literalPathRule('16add9e2', (path) => !path.includes('%2f'), "contains '%2f', an escaped slash"),
  literalPathRule('5f510e91', (path) => !path.includes('%2F'), "contains '%2F', an escaped slash"),
  literalPathRule('20989435', (path) => !path.includes('#'), "contains '#'"),
  literalPathRule('0c441c9d', (path) => !path.endsWith('/..'), "ends with '/..'"),
  literalPathRule('c36405e2', (path) => !path.endsWith('/.'), "ends with '/.'"),
  literalPathRule(
    '67736b8f',
    (path) => pathCharacters.test(path),
    'has characters that a URL path cannot have',
  ),
);

const matchType = z.enum(['Exact', 'RegularExpression']).default('Exact');

// One object for all: most routes of a large cluster have these, and decoded objects are never changed.
const anyPath: { type: 'PathPrefix'; value: string } = { type: 'PathPrefix', value: '/' };
const anyRequest: { path: typeof anyPath }[] = [{ path: anyPath }];

export const routeMatchSchema: z.ZodType<HTTPRouteMatch> = z.object({
  path: pathMatchSchema.default(() => anyPath),
  headers: z.array(z.object({ type: matchType, name: headerNameSchema, value: headerValueSchema })).max(16)
    .check(uniqueBy<HTTPHeaderMatch>({ keys: ['name'], what: 'header match' })).optional(),
  queryParams: z.array(
    z.object({ type: matchType, name: headerNameSchema, value: text({ min: 1, max: 1024 }) }),
  ).max(16).check(uniqueBy<HTTPQueryParamMatch>({ keys: ['name'], what: 'query parameter match' }))
    .optional(),
  method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH']).optional(),
});

export const routeMatchesSchema: z.ZodType<HTTPRouteMatch[]> = z.array(routeMatchSchema).max(64)
  .default(() => anyRequest);
