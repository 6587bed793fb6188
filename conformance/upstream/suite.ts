import { join } from 'node:path';
import { UNUSABLE_ADDRESS, USABLE_ADDRESS } from '../cluster/addresses.ts';
import { program } from '../cluster/programs.ts';
import { IMPLEMENTATION, NEWEST_SUITE, type Suite } from './claims.ts';
import { GATEWAY_CLASS } from './controller.ts';

/** Where a run writes upstream's report. */
export function reportFile(directory: string): string {
  return join(directory, 'report.yaml');
}

export const TOP = 'TestConformance';

export interface SuiteOptions {
  readonly suite: Suite;
  readonly profiles: readonly string[];
  /** None for all. */
  readonly tests: readonly string[];
  /** Of Dragoman. */
  readonly version: string;
  readonly report: string;
  /** Whether what it makes is left in the cluster. */
  readonly keep: boolean;
}

/**
 * The command that runs the suite. It names no features: the suite takes those that the GatewayClass says. Chosen tests are
 * chosen by Go, since the suite's own option would run them whatever is supported.
 */
export function suiteCommand(
  { suite, profiles, tests, version, report, keep }: SuiteOptions,
): readonly string[] {
  const { organization, project, url, contact } = IMPLEMENTATION;
  const flags = {
    'test.v': 'test2json',
    'test.run': tests.length === 0 ? `^${TOP}$` : `^${TOP}$/^(${tests.join('|')})$`,
    'test.timeout': '60m',
    // By default as many as there are cores, although most of the time tests wait.
    'test.parallel': '16',
    'gateway-class': GATEWAY_CLASS,
    'conformance-profiles': profiles.join(','),
    'usable-address': USABLE_ADDRESS,
    'unusable-address': UNUSABLE_ADDRESS,
    'report-output': report,
    'cleanup-base-resources': String(!keep),
    'cleanup-test-resources': String(!keep),
    organization,
    project,
    url,
    contact,
    version,
  };
  return [suiteProgram(suite), ...Object.entries(flags).map(([name, value]) => `-${name}=${value}`)];
}

/** The command that writes what the suite holds to the file that `CATALOGUE` names. */
export function catalogueCommand(suite: Suite): readonly string[] {
  return [suiteProgram(suite), '-test.run=^TestCatalogue$'];
}

function suiteProgram(suite: Suite): string {
  return program(suite === NEWEST_SUITE ? 'conformance.test' : `conformance-${suite}.test`);
}
