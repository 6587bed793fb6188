import { z } from 'zod';

/** A time in ms. */
export const msSchema: z.ZodType<number> = z.int().min(0);

/** A number of connections, bytes, tries and the like: 32 bits, as Envoy has them. */
export const countSchema: z.ZodType<number> = z.int().min(0).max(2 ** 32 - 1);

/** A list of strings, or one string. */
export const stringListSchema: z.ZodType<readonly string[]> = z.union([
  z.array(z.string()),
  z.string().transform((text) => [text]),
]);

/** A list of strings, or one string that holds several, with commas between. */
export const commaListSchema: z.ZodType<readonly string[]> = z.union([
  z.array(z.string()),
  z.string().transform(splitAtCommas),
]);

function splitAtCommas(text: string): string[] {
  return text.split(',').map((part) => part.trim()).filter((part) => part !== '');
}

/** A duration as Envoy's JSON has it, such as `2.5s`; in ms. */
export const secondsSchema: z.ZodType<number> = z.string()
  .regex(/^[0-9]{1,12}(\.[0-9]{1,9})?s$/, 'a number of seconds, such as 5s or 0.25s')
  .transform((text) => Math.round(Number(text.slice(0, -1)) * 1000));

const msPerUnit: Readonly<Record<string, number>> = {
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
  us: 0.001,
  µs: 0.001,
  ns: 0.000_001,
};

/** A duration as Go has it, such as `1m30s`; in ms. */
export const goDurationSchema: z.ZodType<number> = z.string()
  .regex(
    /^([0-9]{1,9}(\.[0-9]{1,9})?(ns|us|µs|ms|s|m|h)){1,7}$/,
    'numbers with h, m, s or ms, such as 1m30s or 250ms',
  )
  .transform((text) => {
    let ms = 0;
    for (const [, digits, unit = ''] of text.matchAll(/([0-9.]+)(ns|us|µs|ms|s|m|h)/g)) {
      ms += Number(digits) * (msPerUnit[unit] ?? 0);
    }
    return Math.round(ms);
  });
