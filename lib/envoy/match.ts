import { create } from '@bufbuild/protobuf';
import type { Route, ValueMatch } from '../model/mod.ts';
import {
  type HeaderMatcher,
  HeaderMatcherSchema,
  QueryParameterMatcherSchema,
  type RouteMatch,
  RouteMatchSchema,
} from './gen/envoy/config/route/v3/route_components_pb.ts';
import { RegexMatcherSchema } from './gen/envoy/type/matcher/v3/regex_pb.ts';
import { type StringMatcher, StringMatcherSchema } from './gen/envoy/type/matcher/v3/string_pb.ts';
import { FractionalPercent_DenominatorType } from './gen/envoy/type/v3/percent_pb.ts';
import { trimSlash } from './path-rewrite.ts';

/** The conditions of one route (Envoy `RouteMatch`). Regular expressions match whole values. */
export function routeMatch({ match, fraction }: Pick<Route, 'match' | 'fraction'>): RouteMatch {
  const headers = match.headers.map(header);
  if (match.method !== undefined) {
    headers.unshift(header({ name: ':method', type: 'exact', value: match.method }));
  }
  if (match.grpc === true) headers.unshift(call());
  return create(RouteMatchSchema, {
    pathSpecifier: path(match.path),
    ...(match.path.ignoreCase === true ? { caseSensitive: false } : {}),
    headers,
    queryParameters: match.queryParams.map((param) =>
      create(QueryParameterMatcherSchema, {
        name: param.name,
        queryParameterMatchSpecifier: { case: 'stringMatch', value: stringMatch(param) },
      })
    ),
    ...(fraction === undefined ? {} : {
      runtimeFraction: {
        defaultValue: { numerator: fraction, denominator: FractionalPercent_DenominatorType.MILLION },
      },
    }),
  });
}

/** By gRPC or gRPC-Web, whose content types begin alike. Envoy's own matcher of calls knows only the first. */
function call(): HeaderMatcher {
  return create(HeaderMatcherSchema, {
    name: 'content-type',
    headerMatchSpecifier: {
      case: 'stringMatch',
      value: { matchPattern: { case: 'prefix', value: 'application/grpc' } },
    },
  });
}

/** Whether `routeMatch()` made it of a match with `grpc`: no other looks for a prefix in a header. */
export function takesCalls({ headers }: Pick<RouteMatch, 'headers'>): boolean {
  return headers.some(({ headerMatchSpecifier: { case: of, value } }) =>
    of === 'stringMatch' && value.matchPattern.case === 'prefix'
  );
}

function path({ type, value }: Route['match']['path']): RouteMatch['pathSpecifier'] {
  if (type === 'exact') return { case: 'path', value };
  if (type === 'regex') return { case: 'safeRegex', value: create(RegexMatcherSchema, { regex: value }) };
  if (type === 'string') return { case: 'prefix', value };
  const prefix = trimSlash(value);
  return prefix === '' ? { case: 'prefix', value: '/' } : { case: 'pathSeparatedPrefix', value: prefix };
}

function header(match: ValueMatch): HeaderMatcher {
  return create(HeaderMatcherSchema, {
    name: match.name,
    invertMatch: match.inverted === true,
    headerMatchSpecifier: { case: 'stringMatch', value: stringMatch(match) },
  });
}

function stringMatch({ type, value }: Pick<ValueMatch, 'type' | 'value'>): StringMatcher {
  return create(StringMatcherSchema, {
    matchPattern: type === 'exact'
      ? { case: 'exact', value }
      : { case: 'safeRegex', value: { regex: value } },
  });
}
