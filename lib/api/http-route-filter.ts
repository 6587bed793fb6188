import type { HTTPCORSFilter } from './cors-filter.ts';
import type { HTTPExternalAuthFilter } from './external-auth-filter.ts';
import type { HTTPHeaderFilter } from './header-filter.ts';
import type { LocalObjectReference } from './object-reference.ts';
import type { HTTPPathModifier } from './path-modifier.ts';
import type { HTTPRequestMirrorFilter } from './request-mirror-filter.ts';

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
