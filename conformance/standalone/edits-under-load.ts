import assert from 'node:assert/strict';
import { Load, type Target } from './load.ts';
import { eventually } from '../../lib/testing/eventually.ts';
import type { Standalone } from './standalone.ts';

/** A load by each protocol without TLS. */
function cleartextLoad(target: Omit<Target, 'name' | 'protocol'>): Load {
  return new Load([
    { ...target, name: 'kept', protocol: 'http1' },
    { ...target, name: 'anew', protocol: 'http1-anew' },
    { ...target, name: 'h2c', protocol: 'h2c' },
  ]);
}

export interface Edits {
  readonly path: string;
  readonly file: string;
  /** What is in the file from that round on: even ones have the first server asked, odd ones the second. */
  readonly edited: (round: number) => string;
  readonly servers: readonly [Asked, Asked];
}

interface Asked {
  readonly asked: readonly unknown[];
}

const ROUNDS = 40;

/** Who is asked about requests changes again and again under load: none fails, no connection ends, and each is asked about once. */
export async function survivesEdits(
  dragoman: Standalone,
  { path, file, edited, servers: [one, two] }: Edits,
): Promise<void> {
  const load = cleartextLoad({ port: dragoman.port('http'), host: 'www.example', path, rate: 100 });
  for (let round = 1; round <= ROUNDS; round++) {
    const { asked } = round % 2 === 0 ? one : two;
    const before = asked.length;
    await dragoman.write(file, edited(round));
    await eventually(() => assert.ok(asked.length > before));
  }
  const { answers, failures, renewals } = await load.stop();
  assert.deepEqual([failures, renewals], [[], 0]);
  assert.equal(one.asked.length + two.asked.length, answers);
}
