import type { Condition } from '../../lib/api/condition.ts';
import type { InstalledDefinition } from '../flow.ts';

/** The version of the Gateway API whose kinds are decoded and served. */
export const GATEWAY_API_VERSION = 'v1.7.0';

/** Releases whose definitions are supported. Fields that only one of them has are left alone where they are not. */
export type Release = 'v1.6' | 'v1.7';

const RELEASES: readonly Release[] = ['v1.6', 'v1.7'];

/** Which release a definition is of; one that does not tell is taken for the newest. Undefined if it is none of ours. */
export function releaseOf({ bundleVersion }: InstalledDefinition): Release | undefined {
  if (bundleVersion === undefined) return 'v1.7';
  return RELEASES.find((release) => new RegExp(`^${release}\\.\\d+(-|$)`).test(bundleVersion));
}

const SUPPORTED = RELEASES.join(' and ');

type Verdict = Pick<Condition, 'status' | 'reason' | 'message'>;

/** `SupportedVersion` of a GatewayClass, by the definitions that are installed. */
export function supportedVersion(installed: readonly InstalledDefinition[]): Verdict {
  const others = installed.filter((each) => releaseOf(each) === undefined);
  if (others.length > 0) {
    const versions = versionsOf(others);
    const kinds = others.map(({ key }) => key).sort().join(', ');
    return {
      status: 'False',
      reason: 'UnsupportedVersion',
      message:
        `Gateway API ${versions} is installed (${kinds}); ${SUPPORTED} are supported. What both know is served.`,
    };
  }
  const unknown = installed.every(({ bundleVersion }) => bundleVersion === undefined);
  if (installed.length > 0 && unknown) {
    return {
      status: 'Unknown',
      reason: 'Unknown',
      message:
        `The installed definitions do not tell their version, or may not be read; ${SUPPORTED} are supported.`,
    };
  }
  return {
    status: 'True',
    reason: 'SupportedVersion',
    message: installed.length === 0
      ? `Gateway API ${GATEWAY_API_VERSION} is supported.`
      : `Gateway API ${versionsOf(installed)} is supported.`,
  };
}

function versionsOf(installed: readonly InstalledDefinition[]): string {
  const versions = new Set(installed.map(({ bundleVersion }) => bundleVersion));
  return [...versions].filter((version) => version !== undefined).sort().join(', ');
}
