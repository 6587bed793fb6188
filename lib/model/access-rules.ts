/** Which clients may come in at all: only these, or all but these. */
export interface AccessRules {
  readonly action: 'allow' | 'deny';
  readonly clients: readonly ClientRange[];
}

/** Addresses of connections (`peer`), or of clients as proxies tell that are trusted (`remote`). */
export interface ClientRange {
  readonly of: 'peer' | 'remote';
  readonly address: string;
  /** Bits of the address that count. */
  readonly length: number;
}
