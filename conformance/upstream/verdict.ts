import type { Channel } from '../../hack/crds/upstream.ts';
import type { Outcome } from './go-test-output.ts';

/** What the suite holds; written by conformance/suite/catalogue_test.go. */
export interface Catalogue {
  readonly tests: readonly {
    readonly name: string;
    readonly profiles: readonly string[];
    readonly features: readonly string[];
    readonly provisional: boolean;
  }[];
  /** Features that no definition of the standard channel has. */
  readonly experimental: readonly string[];
}

export interface VerdictOptions {
  readonly catalogue: Catalogue;
  readonly channel: Channel;
  readonly profiles: readonly string[];
  /** Those that were to run; none for all. */
  readonly tests: readonly string[];
  /** By test. */
  readonly outcomes: ReadonlyMap<string, Outcome>;
  /** Features that the GatewayClass says. */
  readonly supported: readonly string[];
}

/** Why a run does not count as passed, a line each; none if it does. */
export function problems(options: VerdictOptions): string[] {
  return options.catalogue.tests.flatMap((test) => {
    if (options.tests.length > 0 && !options.tests.includes(test.name)) return [];
    const outcome = options.outcomes.get(test.name);
    if (outcome === 'passed') return [];
    if (outcome === 'failed') return [`${test.name} failed`];
    const reason = excuse(test.features, options);
    const owed = options.tests.length > 0 || test.profiles.some((name) => options.profiles.includes(name));
    if (!owed || reason === 'channel') return [];
    const why = outcome === undefined
      ? 'did not run'
      : reason === undefined
      ? 'was skipped'
      : `was skipped: ${reason} is not supported`;
    return [`${test.name} ${why}`];
  });
}

/** The feature that kept a test from running; `channel` if the definitions of the channel have none such. */
function excuse(
  features: readonly string[],
  { catalogue, channel, supported }: VerdictOptions,
): string | undefined {
  const missing = features.filter((feature) => !supported.includes(feature));
  return channel === 'standard' && missing.some((feature) => catalogue.experimental.includes(feature))
    ? 'channel'
    : missing[0];
}
