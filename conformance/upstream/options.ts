import { parseArgs } from 'node:util';
import type { Channel } from '../../hack/crds/upstream.ts';
import { CLAIMED_PROFILES, MATRIX, NEWEST_SUITE, type Suite, SUITES } from './claims.ts';

export const HELP: string = `npm run conformance -- [OPTIONS]

Runs the upstream Gateway API conformance suite, unmodified, against the controller of this checkout: in a Kubernetes
cluster of its own, from the manifests that users install. Needs root, Linux and Go. Reports are written to conformance/reports.
Fails if any test fails, or if one of a claimed profile is skipped.

  --profile NAME     a profile to claim; may be repeated (default: ${CLAIMED_PROFILES.join(', ')})
  --suite VERSION    the release of the suite and of the definitions: ${
  SUITES.join(' or ')
} (default: ${NEWEST_SUITE})
  --channel CHANNEL  whose definitions are installed: experimental (default) or standard
  --test NAME        run this test only, by its name in the suite; may be repeated
  --repeat N         run it N times in a row, in one cluster
  --matrix           every release and channel that the README claims
  --manifests DIR    install these, a folder for kubectl apply --kustomize (default: manifests/install)
  --keep             leave the cluster running afterwards, and what the suite has made in it; tells its name
  --verbose          print all that the suite says
  --help`;

/** Which suite is run against which definitions of the same release. */
export interface Target {
  readonly suite: Suite;
  readonly channel: Channel;
}

export interface Options {
  readonly profiles: readonly string[];
  readonly targets: readonly Target[];
  /** None for all. */
  readonly tests: readonly string[];
  readonly repeat: number;
  readonly manifests: string | undefined;
  readonly keep: boolean;
  readonly verbose: boolean;
}

/** An error whose message is all that the user needs. */
export class UsageError extends Error {}

/** Undefined if help is asked for. Throws a `UsageError` if the arguments make no sense. */
export function parseOptions(args: readonly string[]): Options | undefined {
  const values = parse(args);
  if (values.help) return undefined;
  const repeat = Number(values.repeat);
  if (!Number.isInteger(repeat) || repeat < 1) {
    throw new UsageError(`--repeat is a number, not ${values.repeat}`);
  }
  for (const name of ['channel', 'suite'] as const) {
    if (values.matrix && values[name] !== undefined) {
      throw new UsageError(`--matrix runs every ${name}; leave --${name} out`);
    }
  }
  if (values.keep && values.matrix) throw new UsageError('--keep is for one channel; leave --matrix out');
  return {
    profiles: values.profile ?? CLAIMED_PROFILES,
    targets: values.matrix ? MATRIX : [{
      suite: suiteOf(values.suite ?? NEWEST_SUITE),
      channel: channelOf(values.channel ?? 'experimental'),
    }],
    tests: values.test ?? [],
    repeat,
    manifests: values.manifests,
    keep: values.keep,
    verbose: values.verbose,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        profile: { type: 'string', multiple: true },
        channel: { type: 'string' },
        suite: { type: 'string' },
        test: { type: 'string', multiple: true },
        repeat: { type: 'string', default: '1' },
        matrix: { type: 'boolean', default: false },
        manifests: { type: 'string' },
        keep: { type: 'boolean', default: false },
        verbose: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function suiteOf(name: string): Suite {
  const suite = SUITES.find((suite) => suite === name);
  if (suite === undefined) throw new UsageError(`--suite is ${SUITES.join(' or ')}, not ${name}`);
  return suite;
}

function channelOf(name: string): Channel {
  if (name !== 'standard' && name !== 'experimental') {
    throw new UsageError(`--channel is standard or experimental, not ${name}`);
  }
  return name;
}
