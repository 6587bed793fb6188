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
