export interface HTTPHeader {
  readonly name: string;
  readonly value: string;
}

/** Header changes of a request or response: `set` replaces, `add` appends, then `remove`. */
export interface HTTPHeaderFilter {
  readonly set?: readonly HTTPHeader[] | undefined;
  readonly add?: readonly HTTPHeader[] | undefined;
  readonly remove?: readonly string[] | undefined;
}
