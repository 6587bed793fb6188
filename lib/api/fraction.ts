/** A share of requests, `numerator / denominator`. */
export interface Fraction {
  readonly numerator: number;
  /** 100 by default. */
  readonly denominator: number;
}
