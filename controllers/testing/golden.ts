/**
 * Golden files: `testdata/NAME.yaml` in, `NAME.envoy.json` and `NAME.status.yaml` out. Rewritten by `UPDATE_GOLDEN=1`.
 *
 * An input is manifests, after comments of the form `# word: value` that say what surrounds them:
 * - `with: gateway, services`: files of `fixtures/`, whose own outputs are not repeated;
 * - `mode: kubernetes`: not standalone; the platform has given each Gateway an address;
 * - `show: infra`: with the objects that Gateways get in Kubernetes, in `NAME.infra.yaml`;
 * - `acks: none`: no proxy has taken anything yet; by default all have taken all;
 * - `refuse: KEY`: Envoy refuses the resource of this key, or the RouteSet or filter chain.
 */

import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { parseAllDocuments, stringify } from 'yaml';
import { type AnyObject, decode, type KindName, kinds, manifestsIn } from '../../lib/api/mod.ts';
import { type Resource, resourceJson } from '../../lib/envoy/mod.ts';
import { createDataflow, type Dataflow } from '../graph.ts';
import { inputOf } from '../inputs.ts';
import type { Settings } from '../settings.ts';

export const STANDALONE: Settings = {
  mode: 'standalone',
  bind: '127.0.0.1',
  privilegedPortShift: 8000,
  allowLocalBackends: true,
};
const KUBERNETES: Settings = {
  ...STANDALONE,
  mode: 'kubernetes',
  allowLocalBackends: false,
  kubernetes: {
    namespace: 'dragoman-system',
    envoyImage: 'envoy:test',
    bind: '0.0.0.0',
    xds: { host: '10.96.0.17', port: 18_000 },
    drainKey: 'of a test',
    legacy: {
      gateway: { namespace: 'dragoman-system', name: 'legacy' },
      gatewayClassName: 'dragoman',
      servicePorts: [{ port: 80, target: 8080 }, { port: 443, target: 8443 }],
    },
  },
};

/** Within the validity of all certificates of the fixtures. */
const NOW = Date.UTC(2027, 0, 1);
/** Of a Service with a load balancer. */
const ADDRESSES = [
  { type: 'IPAddress', value: '203.0.113.1', routability: '' },
  { type: 'IPAddress', value: '10.96.1.2', routability: 'Cluster' },
] as const;

/** Manifests of a file, decoded. A bad one is an error: goldens are about good ones. */
export function objectsIn(yaml: string): readonly AnyObject[] {
  return parseAllDocuments(yaml).flatMap((document) => {
    assert.deepEqual(document.errors, []);
    return manifestsIn(document.toJS()).map(({ raw }) => {
      const { object, problems } = decode(raw);
      if (object === undefined || problems.length > 0) {
        throw new Error(`a golden holds a bad manifest: ${JSON.stringify(problems)}`);
      }
      return object;
    });
  });
}

interface Surroundings {
  readonly fixtures: readonly string[];
  readonly settings: Settings;
  readonly showsInfra: boolean;
  readonly acks: boolean;
  readonly refused: readonly string[];
}

function surroundingsOf(yaml: string): Surroundings {
  const said = [...yaml.matchAll(/^# (with|mode|show|acks|refuse): (.*)$/gm)];
  const valuesOf = (word: string): string[] =>
    said.filter((line) => line[1] === word).flatMap((line) => line[2]?.split(', ') ?? []);
  const [mode = 'standalone'] = valuesOf('mode');
  return {
    fixtures: valuesOf('with').map((name) =>
      readFileSync(join(fileURLToPath(new URL('.', import.meta.url)), 'fixtures', `${name}.yaml`), 'utf8')
    ),
    settings: mode === 'kubernetes' ? KUBERNETES : STANDALONE,
    showsInfra: valuesOf('show').includes('infra'),
    acks: !valuesOf('acks').includes('none'),
    refused: valuesOf('refuse'),
  };
}

/** Runs the manifests of one input through the whole graph, with settings beside the usual ones. Faults of the graph are thrown. */
export function translate(yaml: string, more: Partial<Settings> = {}): Dataflow {
  const { settings, ...surroundings } = surroundingsOf(yaml);
  return run([...surroundings.fixtures, yaml], { ...surroundings, settings: { ...settings, ...more } });
}

function run(manifests: readonly string[], { settings, acks, refused }: Surroundings): Dataflow {
  const dataflow = createDataflow(settings, {
    onFault: ({ collection, source, error }) => {
      throw new Error(`fault in ${collection} at ${source}`, { cause: error });
    },
  });
  const { feedback, graph, objects } = dataflow;
  feedback.clock.set({ key: 'now', time: NOW });
  for (const { group, kind } of Object.values(kinds)) {
    if (group.startsWith('gateway.networking.')) {
      feedback.installed.set({ key: kind, bundleVersion: 'v1.7.0', channel: 'experimental' });
    }
    if (group === 'certificates.k8s.io') feedback.installed.set({ key: kind });
  }
  for (const object of manifests.flatMap(objectsIn)) {
    const input = inputOf(objects, object.kind);
    if (input === undefined) throw new Error(`nothing reads a ${object.kind}`);
    input.set(object);
    if (object.kind === 'Gateway' && settings.mode === 'kubernetes') {
      feedback.addresses.set({ key: object.key, addresses: ADDRESSES, byDefault: '' });
    }
  }
  graph.commit();
  for (const key of refused) refuse(key, dataflow);
  if (acks) deliver(dataflow);
  return dataflow;
}

function refuse(key: string, { resources, feedback, graph }: Dataflow): void {
  const resource = resources.get(key);
  const parts = resources.values().flatMap(({ parts = [] }) => parts);
  const hash = resource?.version ?? parts.find(({ source }) => source === key)?.hash;
  if (hash === undefined) throw new Error(`nothing to refuse has the key ${key}`);
  feedback.refusals.set({ key: hash, message: 'no, thanks' });
  graph.commit();
}

/** All proxies of all fleets run what they should. */
function deliver({ memberships, resources, feedback, graph }: Dataflow): void {
  for (const { key, resource } of memberships.values()) {
    const version = resources.get(resource)?.version;
    if (version !== undefined) feedback.delivered.set({ key, version });
  }
  graph.commit();
}

/** Compares one input with its outputs. */
export function check(file: string): void {
  const yaml = readFileSync(file, 'utf8');
  const surroundings = surroundingsOf(yaml);
  const known = run(surroundings.fixtures, { ...surroundings, refused: [] });
  const dataflow = run([...surroundings.fixtures, yaml], surroundings);
  checkStatuses(dataflow);
  const base = file.slice(0, -'.yaml'.length);
  compare(`${base}.envoy.json`, envoyJson(dataflow, known));
  compare(`${base}.status.yaml`, statusYaml(dataflow, known));
  if (surroundings.showsInfra) compare(`${base}.infra.yaml`, infraYaml(dataflow));
}

/** Inputs below `controllers/`; removes orphaned outputs if asked to update, and fails on them else. */
export function goldens(): string[] {
  const controllers = dirname(fileURLToPath(new URL('.', import.meta.url)));
  const all = globSync('*/testdata/*', { cwd: controllers }).map((file) => join(controllers, file));
  const inputs = all.filter((file) => /^[^.]+\.yaml$/.test(basename(file))).sort();
  for (const file of all) {
    const base = file.replace(/\.(envoy\.json|(status|infra)\.yaml)$/, '');
    if (inputs.includes(file) || (base !== file && existsSync(`${base}.yaml`))) continue;
    if (!isUpdate()) throw new Error(`${file} has no input`);
    rmSync(file);
  }
  return inputs;
}

/** As the API server would check them, once they have their times. */
function checkStatuses({ statuses }: Dataflow): void {
  for (const { key, object, status } of statuses.values()) {
    const schema = kinds[object.kind as KindName].status;
    assert.ok(schema !== undefined, `${object.kind} has a status`);
    const result = schema.safeParse(withTimes(status));
    assert.ok(result.success, `${key}: ${result.error?.message}`);
  }
}

function withTimes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withTimes);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.fromEntries(Object.entries(value).map(([name, field]) => [name, withTimes(field)]));
  return 'observedGeneration' in value ? { ...fields, lastTransitionTime: '2027-01-01T00:00:00Z' } : fields;
}

function envoyJson({ resources }: Dataflow, known: Dataflow): string {
  const byType: Record<string, Record<string, unknown>> = {};
  for (const resource of resources.values()) {
    if (known.resources.get(resource.key)?.version === resource.version) continue;
    (byType[resource.type] ??= {})[resource.name] = shown(resource);
  }
  return `${JSON.stringify(byType, null, 2)}\n`;
}

/** With what must be there before it, which is not in the bytes. */
function shown(resource: Resource): unknown {
  return resource.needs.length === 0
    ? resourceJson(resource)
    : { '@needs': resource.needs, ...Object(resourceJson(resource)) };
}

function statusYaml(dataflow: Dataflow, known: Dataflow): string {
  const { statuses, diagnostics, memberships, settings } = dataflow;
  const changed = statuses.values().filter(({ key, status }) =>
    !isDeepStrictEqual(known.statuses.get(key)?.status, status)
  );
  return stringify({
    ...(settings.mode === 'standalone' ? {} : {
      fleets: Object.fromEntries(
        Object.entries(Object.groupBy(memberships.values(), ({ fleet }) => fleet)).map((
          [fleet, members = []],
        ) => [fleet, members.map(({ resource }) => resource)]),
      ),
    }),
    status: Object.fromEntries(changed.map(({ key, status }) => [key, status])),
    diagnostics: diagnostics.values().flatMap((set) =>
      set.diagnostics.map((diagnostic) => ({ ...diagnostic, object: set.key }))
    ),
  }, { lineWidth: 0, aliasDuplicateObjects: false });
}

function infraYaml({ infra, infraPlans }: Dataflow): string {
  return stringify({
    kept: infraPlans.values().filter(({ kept }) => kept).map(({ key }) => key),
    objects: infra.values().map(({ manifest: { data, ...manifest }, leaves }) => ({
      ...(leaves === undefined ? {} : { leaves }),
      ...manifest,
      ...(data === undefined ? {} : { data: parsedFiles(data as Readonly<Record<string, string>>) }),
    })),
  }, { lineWidth: 0, aliasDuplicateObjects: false });
}

/** What files of JSON say. */
function parsedFiles(data: Readonly<Record<string, string>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(data).map(([name, text]) => [name, JSON.parse(text)]));
}

function compare(file: string, actual: string): void {
  if (isUpdate()) {
    writeFileSync(file, actual);
    return;
  }
  assert.ok(existsSync(file), `${file} is missing: run with UPDATE_GOLDEN=1 and review it`);
  assert.equal(actual, readFileSync(file, 'utf8'));
}

function isUpdate(): boolean {
  return process.env['UPDATE_GOLDEN'] === '1';
}
