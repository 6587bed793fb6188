import type { Module, TLSContext, TLSModule } from '../../lib/api/legacy/mod.ts';
import type { ObjectRef } from '../../lib/model/mod.ts';
import { type NamedModule, refOf } from './settings.ts';

/** Secrets that `server` and `client` have unless they name others. */
const SECRETS: ReadonlyMap<string, string> = new Map([
  ['server', 'ambassador-certs'],
  ['client', 'ambassador-cacert'],
]);

/** The TLSContexts that a tls Module holds, or the `tls` of an ambassador Module of v0; a TLSContext of the name goes before. */
export function moduleContexts({ module }: NamedModule): readonly TLSContext[] {
  const { spec } = module;
  const contexts: TLSModule = spec.module === 'tls'
    ? spec.config
    : spec.module === 'ambassador'
    ? spec.config.tls ?? {}
    : {};
  return Object.entries(contexts).filter(([, { enabled }]) => enabled)
    .map(([name, settings]) => contextOf(module, name, settings));
}

/** Entries that are about all hostnames, whose Secrets are the installation's. */
export function isOfAll({ key, metadata: { name } }: TLSContext): boolean {
  return key.startsWith('~') && SECRETS.has(name);
}

/** Who says what a TLSContext has, and where: itself, or the Module whose entry it is. */
export function sourceOf(context: TLSContext): { readonly object: ObjectRef; readonly field: string } {
  const object = refOf(context);
  const module = /^~([a-z]+)\//.exec(context.key)?.[1];
  if (module === undefined) return { object, field: 'spec.' };
  const field = `spec.config.${module === 'tls' ? '' : 'tls.'}${context.metadata.name}.`;
  return { object: { ...object, kind: 'Module', name: module }, field };
}

function contextOf(
  { apiVersion, metadata, spec }: Module,
  name: string,
  settings: TLSModule[string],
): TLSContext {
  const { hosts = [], enabled: _, ...rest } = settings;
  const files = settings.certChainFile ?? settings.privateKeyFile ?? settings.cacertChainFile;
  const usual = files === undefined ? SECRETS.get(name) : undefined;
  return {
    // After all TLSContexts.
    key: `~${spec.module}/${name}`,
    apiVersion,
    kind: 'TLSContext',
    metadata: { ...metadata, name },
    spec: {
      ...rest,
      hosts,
      ambassadorIds: spec.ambassadorIds,
      ...(usual === undefined || name !== 'client'
        ? {}
        : { caSecret: rest.caSecret ?? rest.secret ?? usual }),
      ...(name === 'client' ? { secret: undefined } : { secret: rest.secret ?? usual }),
    },
  };
}
