import { isIP } from 'node:net';

import type { IPRange } from '../../lib/api/legacy/mod.ts';
import type { Keyed } from '../../lib/graph/types.ts';
import type { AccessRules, ClientRange, Diagnostic, ObjectRef } from '../../lib/model/mod.ts';
import type { Settings } from '../settings.ts';
import { type NamedModule, refOf } from './settings.ts';

/** Who may come in, as the ambassador Module says. */
export interface AccessResult extends Keyed {
  readonly origin: ObjectRef;
  /** Absent: what the Module says cannot be done, so nobody may. */
  readonly rules?: AccessRules;
  readonly diagnostics: readonly Diagnostic[];
}

export function accessOf(
  { key, module }: NamedModule,
  { legacyLua = false }: Pick<Settings, 'legacyLua'>,
): AccessResult | undefined {
  const { spec } = module;
  if (spec.module !== 'ambassador') return undefined;
  const { ipAllow = [], ipDeny = [], luaScripts } = spec.config;
  const unscripted = luaScripts !== undefined && !legacyLua;
  if (ipAllow.length + ipDeny.length === 0 && !unscripted) return undefined;
  const origin = refOf(module);
  const diagnostics: Diagnostic[] = [];
  const report = (field: string, message: string): void => {
    const said = `${message} So every request gets 500.`;
    diagnostics.push({ object: origin, severity: 'error', code: 'InvalidModule', field, message: said });
  };
  // A script may be what keeps others out, and who runs code in the proxies is for the operator to say.
  if (unscripted) report('spec.config.lua_scripts', 'Scripts run only with --legacy-lua.');
  if (ipAllow.length > 0 && ipDeny.length > 0) {
    report('spec.config.ip_deny', 'ip_allow and ip_deny exclude each other.');
  }
  const clients = [...rangesOf(ipAllow, 'ip_allow', report), ...rangesOf(ipDeny, 'ip_deny', report)];
  return {
    key,
    origin,
    diagnostics,
    ...(diagnostics.length > 0 ? {} : { rules: { action: ipAllow.length > 0 ? 'allow' : 'deny', clients } }),
  };
}

function rangesOf(
  ranges: readonly IPRange[],
  field: string,
  report: (field: string, message: string) => void,
): readonly ClientRange[] {
  return ranges.flatMap(({ type, cidr }, index) => {
    const found = rangeOf(cidr);
    if (found !== undefined) return [{ of: type, ...found }];
    report(
      `spec.config.${field}[${index}].${type}`,
      `${cidr} is neither an address nor a block of addresses.`,
    );
    return [];
  });
}

function rangeOf(cidr: string): Pick<ClientRange, 'address' | 'length'> | undefined {
  const [address = '', length, ...rest] = cidr.split('/');
  const version = isIP(address);
  const bits = version === 4 ? 32 : 128;
  if (version === 0 || address.includes('%') || rest.length > 0) return undefined;
  if (length === undefined) return { address, length: bits };
  return /^[0-9]{1,3}$/.test(length) && Number(length) <= bits
    ? { address, length: Number(length) }
    : undefined;
}
