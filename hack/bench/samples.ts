/** What many samples say. */
export interface Summary {
  readonly count: number;
  readonly mean: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** NaN for each figure if there are none. */
export function summarize(samples: readonly number[]): Summary {
  return {
    count: samples.length,
    mean: samples.reduce((sum, sample) => sum + sample, 0) / samples.length,
    p50: percentile(samples, 50),
    p99: percentile(samples, 99),
    max: percentile(samples, 100),
  };
}

/** Percentile of samples by nearest rank; NaN for none. */
export function percentile(samples: readonly number[], p: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(p / 100 * sorted.length) - 1))] ?? NaN;
}

/** Monotonic time, ms, comparable between the processes of one machine. */
export function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
