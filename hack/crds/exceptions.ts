/** A difference that is meant, and why. An entry that nothing needs is reported. */
export interface Exceptions {
  /** Upstream rules without a check of ours, by hash. */
  readonly rules: Readonly<Record<string, string>>;
  /** Upstream patterns that ours replace. */
  readonly patterns: readonly { readonly upstream: string; readonly ours: string; readonly why: string }[];
  /** Kinds that are not read. */
  readonly kinds: Readonly<Record<string, string>>;
}

export const exceptions: Exceptions = {
  rules: {
    f4f4adcf: 'about a change (controllerName is fixed once set): a manifest alone has no old value',
    '1267f055': 'says what the enum of the same field says',
    c931cd54:
      'standard channel, without parentRef.port; 30e99257 of the experimental channel also takes ports',
    e906342c:
      'standard channel, without parentRef.port; 8392cce9 of the experimental channel also takes ports',
    '65c1b111': 'standard channel; 7a4c8606 of the experimental channel is stricter',
    b34e39db: 'standard channel; 7a4c8606 of the experimental channel is stricter',
  },
  patterns: [{
    upstream: '^[!-~]+([\\t ]?[!-~]+)*$',
    ours: '^[!-~]+([\\t ][!-~]+)*$',
    why: 'the same language, but a backtracking engine needs exponential time for the former',
  }],
  kinds: { XMesh: 'there is no mesh here' },
};
