const day = 24 * 60 * 60 * 1_000;

/** How long things last, ms. */
export interface Lifetimes {
  readonly root: number;
  /** So long before a root ends its successor is made. */
  readonly rootOverlap: number;
  readonly leaf: number;
  /** Certificates begin so long before they are made, since clocks differ. */
  readonly rootBackdate: number;
  readonly leafBackdate: number;
  /** So long after a Secret was written everybody surely uses what it says: kubelets take minutes. */
  readonly settle: number;
}

export const LIFETIMES: Lifetimes = {
  root: 3_652 * day,
  rootOverlap: 365 * day,
  leaf: 30 * day,
  rootBackdate: day,
  leafBackdate: 5 * 60 * 1_000,
  settle: day,
};

/** The share of its life after which a certificate is replaced, so that there is time to notice what keeps it from it. */
export const RENEWED_AT: number = 2 / 3;
