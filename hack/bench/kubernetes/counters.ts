/** Sum of all series of a metric, in the text format of Prometheus, whose labels are as told; 0 if there are none. */
export function total(
  text: string,
  name: string,
  labels: Readonly<Record<string, RegExp>> = {},
): number {
  let sum = 0;
  for (const line of text.split('\n')) {
    if (!line.startsWith(name) || !/^[ {]/.test(line.slice(name.length))) continue;
    const [, series = '', value] = /^[^ {]+(?:\{(.*)\})? ([^ ]+)/.exec(line) ?? [];
    const isMeant = Object.entries(labels).every(([label, pattern]) => pattern.test(labelOf(series, label)));
    if (isMeant) sum += Number(value);
  }
  return sum;
}

function labelOf(series: string, label: string): string {
  return new RegExp(`(?:^|,)${label}="([^"]*)"`).exec(series)?.[1] ?? '';
}
