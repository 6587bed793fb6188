import { z } from 'zod';

import { corsFilterSchema, type HTTPCORSFilter } from './cors-filter.ts';
import { externalAuthFilterSchema, type HTTPExternalAuthFilter } from './external-auth-filter.ts';
import { headerFilterSchema, type HTTPHeaderFilter } from './header-filter.ts';
import { portNumberSchema, preciseHostnameSchema } from './names.ts';
import { type LocalObjectReference, localObjectReferenceSchema } from './object-reference.ts';
import { type HTTPPathModifier, pathModifierSchema } from './path-modifier.ts';
import { type HTTPRequestMirrorFilter, requestMirrorFilterSchema } from './request-mirror-filter.ts';
import { rule, unionMember } from './rule.ts';

export type HTTPRouteFilterType =
  | 'RequestHeaderModifier'
  | 'ResponseHeaderModifier'
  | 'RequestMirror'
  | 'RequestRedirect'
  | 'URLRewrite'
  | 'ExtensionRef'
  | 'CORS'
  | 'ExternalAuth';

/** A step of request processing: exactly the field that `type` names is present. */
export interface HTTPRouteFilter {
  readonly type: HTTPRouteFilterType;
  readonly requestHeaderModifier?: HTTPHeaderFilter | undefined;
  readonly responseHeaderModifier?: HTTPHeaderFilter | undefined;
  readonly requestMirror?: HTTPRequestMirrorFilter | undefined;
  readonly requestRedirect?: HTTPRequestRedirectFilter | undefined;
  readonly urlRewrite?: HTTPURLRewriteFilter | undefined;
  readonly cors?: HTTPCORSFilter | undefined;
  readonly externalAuth?: HTTPExternalAuthFilter | undefined;
  readonly extensionRef?: LocalObjectReference | undefined;
}

/** Answers with a redirect; absent parts of the URL stay as requested. */
export interface HTTPRequestRedirectFilter {
  readonly scheme?: 'http' | 'https' | undefined;
  readonly hostname?: string | undefined;
  readonly path?: HTTPPathModifier | undefined;
  /** Absent: the scheme's own port, or the listener's if no scheme is given. */
  readonly port?: number | undefined;
  /** 302 by default. */
  readonly statusCode: 301 | 302 | 303 | 307 | 308;
}

export interface HTTPURLRewriteFilter {
  readonly hostname?: string | undefined;
  readonly path?: HTTPPathModifier | undefined;
}

const filterSchema = z.object({
  type: z.enum([
    'RequestHeaderModifier',
    'ResponseHeaderModifier',
    'RequestMirror',
    'RequestRedirect',
    'URLRewrite',
    'ExtensionRef',
    'CORS',
    'ExternalAuth',
  ]),
  requestHeaderModifier: headerFilterSchema.optional(),
  responseHeaderModifier: headerFilterSchema.optional(),
  requestMirror: requestMirrorFilterSchema.optional(),
  requestRedirect: z.object({
    scheme: z.enum(['http', 'https']).optional(),
    hostname: preciseHostnameSchema.optional(),
    path: pathModifierSchema.optional(),
    port: portNumberSchema.optional(),
    statusCode: z.literal([301, 302, 303, 307, 308]).default(302),
  }).optional(),
  urlRewrite: z.object({
    hostname: preciseHostnameSchema.optional(),
    path: pathModifierSchema.optional(),
  }).optional(),
  cors: corsFilterSchema.optional(),
  externalAuth: externalAuthFilterSchema.optional(),
  extensionRef: localObjectReferenceSchema.optional(),
}).check(
  ...unionMember<HTTPRouteFilter>({
    field: 'cors',
    type: 'CORS',
    by: 'type',
    rules: ['1b5e24ab', '53315200'],
  }),
  ...unionMember<HTTPRouteFilter>({
    field: 'requestHeaderModifier',
    type: 'RequestHeaderModifier',
    by: 'type',
    rules: ['7b8cf868', 'eb3032de'],
  }),
  ...unionMember<HTTPRouteFilter>({
    field: 'responseHeaderModifier',
    type: 'ResponseHeaderModifier',
    by: 'type',
    rules: ['c0838ca9', 'a900d763'],
  }),
  ...unionMember<HTTPRouteFilter>({
    field: 'requestMirror',
    type: 'RequestMirror',
    by: 'type',
    rules: ['c2c4ceb3', '479cd4bf'],
  }),
  ...unionMember<HTTPRouteFilter>({
    field: 'requestRedirect',
    type: 'RequestRedirect',
    by: 'type',
    rules: ['bec67f21', '96f72312'],
  }),
  ...unionMember<HTTPRouteFilter>({
    field: 'urlRewrite',
    type: 'URLRewrite',
    by: 'type',
    rules: ['bc36c2fa', '769cafeb'],
  }),
  ...unionMember<HTTPRouteFilter>({
    field: 'extensionRef',
    type: 'ExtensionRef',
    by: 'type',
    rules: ['28f68457', '32fcae1c'],
  }),
  ...unionMember<HTTPRouteFilter>({
    field: 'externalAuth',
    type: 'ExternalAuth',
    by: 'type',
    rules: ['c8cbd34f', '3f23e50c'],
  }),
);

/** A rule that a list of filters has at most one of a type. */
export function atMostOne(type: string, id: string): z.core.$ZodCheck<readonly { readonly type: string }[]> {
  return rule(id, (filters) => filters.filter((filter) => filter.type === type).length < 2, {
    message: `is the second ${type} filter, and only one is allowed`,
    path: (filters) => [filters.map((filter) => filter.type).indexOf(type, indexOf(filters, type) + 1)],
  });
}

function indexOf(filters: readonly { readonly type: string }[], type: string): number {
  return filters.findIndex((filter) => filter.type === type);
}

/** The filters of a rule or of a backendRef. */
export const routeFiltersSchema: z.ZodType<HTTPRouteFilter[]> = z.array(filterSchema).max(16).check(
  rule<readonly HTTPRouteFilter[]>(
    '24c3fdad',
    (filters) => indexOf(filters, 'RequestRedirect') < 0 || indexOf(filters, 'URLRewrite') < 0,
    {
      message: 'cannot be used beside a RequestRedirect filter',
      path: (filters) => [indexOf(filters, 'URLRewrite')],
    },
  ),
  atMostOne('CORS', 'ee6a308c'),
  atMostOne('RequestHeaderModifier', '501e61ba'),
  atMostOne('ResponseHeaderModifier', '226cc5e3'),
  atMostOne('RequestRedirect', 'c1f6cb74'),
  atMostOne('URLRewrite', '61ed15b8'),
);
