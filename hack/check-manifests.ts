/**
 * Compares what the Helm chart renders with what the kustomization builds, and tries the chart's values. Needs helm and kubectl,
 * which the set-up builds from their Go modules.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { stringify } from 'yaml';

import { program } from '../conformance/cluster/programs.ts';
import { type Manifest, MANIFESTS, manifestsOf } from './manifests/objects.ts';

const CHART = join(MANIFESTS, 'helm', 'dragoman');

/** Helm makes the namespace itself if it is asked to. */
const built = manifestsOf(ran('kubectl', ['kustomize', join(MANIFESTS, 'install')]))
  .filter(({ kind }) => kind !== 'Namespace');

test('the chart renders what the kustomization builds', () => {
  assert.deepEqual(byName(rendered({})), byName(built));
});

test('the chart takes another namespace', () => {
  const elsewhere = JSON.parse(
    JSON.stringify(built).replaceAll('dragoman-system', 'elsewhere'),
  ) as Manifest[];
  assert.deepEqual(byName(rendered({}, 'elsewhere')), byName(elsewhere));
});

test('the chart puts values where they are meant to be, and nowhere else', () => {
  const values = {
    image: { repository: 'registry.example.com/dragoman', tag: 'next', pullPolicy: 'Always' },
    imagePullSecrets: [{ name: 'registry' }],
    replicas: 3,
    resources: { requests: { cpu: '1' }, limits: null },
    extraArgs: ['--log-level=debug'],
    extraEnv: [{ name: 'OTEL_EXPORTER_OTLP_ENDPOINT', value: 'http://traces.example.com:4318' }],
    podAnnotations: { 'example.com/number': '1' },
    nodeSelector: { 'kubernetes.io/os': 'linux' },
    tolerations: [{ key: 'system', operator: 'Exists' }],
    affinity: { podAntiAffinity: {} },
    gatewayClass: { name: 'internal' },
  };
  const { image, replicas, extraArgs, extraEnv, podAnnotations, resources, gatewayClass, ...ofPod } = values;
  const expected = byName(structuredClone(built));
  const deployment = expected['Deployment/dragoman'] as unknown as Deployment;
  const { spec: { template: { metadata, spec: pod } } } = deployment;
  deployment.spec.replicas = replicas;
  metadata['annotations'] = podAnnotations;
  Object.assign(pod, ofPod);
  const [container] = pod.containers;
  assert.ok(container !== undefined);
  container.image = `${image.repository}:${image.tag}`;
  container.imagePullPolicy = image.pullPolicy;
  container.args.push('--legacy-gateway-class=internal', ...extraArgs);
  container.env.push(...extraEnv);
  container.resources = { requests: { ...resources.requests, memory: '256Mi' } };
  const { 'GatewayClass/dragoman': made, ...others } = expected;
  assert.ok(made !== undefined);
  const { name } = gatewayClass;
  assert.deepEqual(byName(rendered(values)), {
    ...others,
    [`GatewayClass/${name}`]: { ...made, metadata: { ...made.metadata, name } },
  });
});

test('the chart passes on what it is told of legacy resources', () => {
  const argsOf = (legacy: object): readonly string[] => {
    const deployment = byName(rendered({ legacy }))['Deployment/dragoman'] as unknown as Deployment;
    return deployment.spec.template.spec.containers[0]?.args.slice(2) ?? [];
  };
  assert.deepEqual(argsOf({}), []);
  assert.deepEqual(argsOf({ enabled: false }), ['--no-legacy']);
  assert.deepEqual(
    argsOf({
      gateway: 'infra/web',
      gatewayClass: 'edge',
      servicePorts: { '80': 8080, '443': 8443, '6379': 6380 },
      ambassadorId: 'one',
      ambassadorNamespace: 'ambassador',
      singleNamespace: true,
      bindAddress: '::',
      disableEndpoints: true,
      strictLabelSelectors: false,
    }),
    [
      '--legacy-gateway=infra/web',
      '--legacy-gateway-class=edge',
      '--legacy-service-ports=443:8443,6379:6380,80:8080',
      '--ambassador-id=one',
      '--ambassador-namespace=ambassador',
      '--ambassador-single-namespace',
      '--ambassador-bind-address=::',
      '--ambassador-disable-endpoints',
      '--no-strict-label-selectors',
    ],
  );
});

test('the chart leaves the class out if it is told to', () => {
  const others = built.filter(({ kind }) => kind !== 'GatewayClass');
  assert.deepEqual(byName(rendered({ gatewayClass: { create: false } })), byName(others));
});

test('the chart refuses values that it does not know', () => {
  for (const values of [{ replica: 3 }, { image: { name: 'a' } }, { replicas: '3' }, { extraArgs: 'a' }]) {
    const { status, stderr } = template(values);
    assert.notEqual(status, 0, JSON.stringify(values));
    assert.match(stderr, /values don't meet the specifications of the schema/);
  }
});

test('the chart has nothing that helm warns of', () => {
  const { status, stdout } = helm(['lint', '--strict', '--quiet', CHART]);
  assert.equal(status, 0, stdout);
});

/** What the values change of it. */
interface Deployment {
  readonly spec: {
    replicas: number;
    readonly template: {
      readonly metadata: Record<string, unknown>;
      readonly spec: {
        readonly containers: readonly {
          image: string;
          imagePullPolicy: string;
          readonly args: string[];
          readonly env: object[];
          resources: object;
        }[];
      };
    };
  };
}

function rendered(values: object, namespace?: string): Manifest[] {
  const { status, stdout, stderr } = template(values, namespace);
  assert.equal(status, 0, stderr);
  return manifestsOf(stdout);
}

function template(values: object, namespace = 'dragoman-system'): ReturnType<typeof helm> {
  const directory = mkdtempSync(join(tmpdir(), 'dragoman-values-'));
  try {
    const file = join(directory, 'values.yaml');
    writeFileSync(file, stringify(values));
    return helm([
      'template',
      'dragoman',
      CHART,
      '--namespace',
      namespace,
      '--include-crds',
      '--values',
      file,
    ]);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function helm(args: readonly string[]): { readonly status: number | null; stdout: string; stderr: string } {
  return spawnSync(program('helm'), args, { encoding: 'utf8' });
}

function ran(name: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(program(name), args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${name} ${args.join(' ')} failed:\n${stderr}`);
  return stdout;
}

function byName(objects: readonly Manifest[]): Record<string, Manifest> {
  const named = objects.map((object) => [`${object.kind}/${object.metadata.name}`, object] as const);
  assert.equal(new Set(named.map(([name]) => name)).size, objects.length);
  return Object.fromEntries(named);
}
