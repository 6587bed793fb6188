/** The benchmark inside its cluster: takes its options as JSON, says what it does on stderr, and the result as JSON on stdout. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { runDirectoryAt } from '../../../conformance/cluster/run-directory.ts';
import { measure } from './measure.ts';
import type { KubernetesScenario } from './result.ts';

export interface DriverOptions {
  readonly scenario: KubernetesScenario;
  /** The cluster's directory. */
  readonly directory: string;
  /** What the controller runs, as the image has it. */
  readonly program: string;
  /** The Envoy binary. */
  readonly envoy: string;
  /** For the controller's Node. */
  readonly nodeArgs: readonly string[];
}

const { scenario, directory, ...programs } = JSON.parse(process.argv[2] ?? '') as DriverOptions;
const progress = (what: string): void => void process.stderr.write(`${what}\n`);
const controllerLog = join(directory, 'logs', 'controller.log');
// New Envoys open more connections to the backends than there are ports, and those just closed keep theirs for a minute.
writeFileSync('/proc/sys/net/ipv4/tcp_tw_reuse', '1');
try {
  const result = await measure(scenario, { directory: runDirectoryAt(directory), ...programs, progress });
  process.stdout.write(JSON.stringify(result));
} catch (error) {
  // It goes with the cluster.
  progress(readFileSync(controllerLog, 'utf8').split('\n').slice(-20).join('\n'));
  throw error;
}
