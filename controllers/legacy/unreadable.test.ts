import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Condition } from '../../lib/api/mod.ts';
import { Catalog } from '../../lib/files/catalog.ts';
import { type ManifestFile, readManifests } from '../../lib/files/manifest-file.ts';
import { createDataflow, type Dataflow } from '../graph.ts';
import { fill } from '../run-fill.ts';

interface Status {
  readonly state?: string;
  readonly reason?: string;
  readonly errorReason?: string;
  readonly conditions: readonly Condition[];
}

/** A dataflow that follows a file. */
class World {
  readonly #dataflow: Dataflow = createDataflow({
    mode: 'standalone',
    bind: '127.0.0.1',
    privilegedPortShift: 0,
    allowLocalBackends: true,
  });
  readonly #catalog = new Catalog();
  #file: ManifestFile | undefined;

  constructor(text: string) {
    this.write(text);
  }

  write(text: string): void {
    this.#file = readManifests(text, this.#file);
    const changes = this.#catalog.update(new Map([['all.yaml', { content: this.#file }]]));
    fill(this.#dataflow, { changes, unreadable: this.#catalog.unreadable() });
    this.#dataflow.graph.commit();
  }

  status(key: string): Status | undefined {
    return this.#dataflow.statuses.get(key)?.status as Status | undefined;
  }

  /** What its condition says, with the state of those that have one. */
  told(key: string): string {
    const { state = '', conditions = [] } = this.status(key) ?? {};
    return [state, ...conditions.map(({ status, reason, message }) => `${status} ${reason}: ${message}`)]
      .join(' ').trim();
  }

  get hostnames(): readonly string[] {
    return this.#dataflow.virtualHosts.values().map(({ domain }) => domain);
  }

  /** What all requests go through. */
  get checks(): unknown {
    return this.#dataflow.legacy.checks.values()[0]?.checks;
  }
}

function manifest(kind: string, spec: string, name = 'x'): string {
  return `---
apiVersion: getambassador.io/v3alpha1
kind: ${kind}
metadata: { name: ${name} }
spec: ${spec}
`;
}

const served = manifest(
  'Listener',
  '{ port: 8080, protocol: HTTP, securityModel: XFP, hostBinding: { namespace: { from: ALL } } }',
  'http',
) + manifest('Host', '{ hostname: "*" }', 'all') +
  manifest('Mapping', '{ hostname: shop.example, prefix: /, service: shop.example.net }', 'shop');

/** A spec of each kind that is wrong in a field, and one that is right. */
const KINDS: Readonly<
  Record<string, { readonly wrong: string; readonly field: string; readonly right: string }>
> = {
  Mapping: {
    wrong: '{ hostname: a.example, prefix: /x/, service: x, timeout_ms: soon }',
    field: 'spec.timeout_ms',
    right: '{ hostname: a.example, prefix: /x/, service: x.example.net }',
  },
  TCPMapping: {
    wrong: '{ port: many, service: x }',
    field: 'spec.port',
    right: '{ port: 9000, service: x.example.net:1 }',
  },
  Host: { wrong: '{ hostname: 7 }', field: 'spec.hostname', right: '{ hostname: x.example }' },
  Listener: {
    wrong: '{ port: 8081, protocol: GOPHER, securityModel: XFP, hostBinding: {} }',
    field: 'spec.protocol',
    right: '{ port: 8081, protocol: HTTP, securityModel: XFP, hostBinding: { namespace: { from: ALL } } }',
  },
  Module: {
    wrong: '{ config: { cluster_request_timeout_ms: long } }',
    field: 'spec.config.cluster_request_timeout_ms',
    right: '{ config: { cluster_request_timeout_ms: 100 } }',
  },
  TLSContext: {
    wrong: '{ min_tls_version: v9 }',
    field: 'spec.min_tls_version',
    right: '{ min_tls_version: v1.2 }',
  },
  AuthService: {
    wrong: '{ auth_service: x.example.net, proto: carrier-pigeon }',
    field: 'spec.proto',
    right: '{ auth_service: x.example.net }',
  },
  RateLimitService: {
    wrong: '{ service: 1 }',
    field: 'spec.service',
    right: '{ service: x.example.net, protocol_version: v3 }',
  },
  TracingService: {
    wrong: '{ service: x.example.net, driver: owl }',
    field: 'spec.driver',
    right: '{ service: x.example.net, driver: zipkin }',
  },
  LogService: {
    wrong: '{ service: x.example.net, driver: udp }',
    field: 'spec.driver',
    right: '{ service: x.example.net, driver: http, driver_config: {}, protocol_version: v3 }',
  },
  KubernetesServiceResolver: { wrong: '{ ambassador_id: 3 }', field: 'spec.ambassador_id', right: '{}' },
  KubernetesEndpointResolver: { wrong: '{ ambassador_id: 3 }', field: 'spec.ambassador_id', right: '{}' },
  ConsulResolver: { wrong: '{ address: 8500 }', field: 'spec.address', right: '{ address: "consul:8500" }' },
};

for (const [kind, { wrong, field, right }] of Object.entries(KINDS)) {
  const name = kind === 'Module' ? 'ambassador' : 'x';
  const key = `${kind}/default/${name}`;

  test(`a ${kind} that cannot be decoded is told which field is wrong, until it is mended`, () => {
    const world = new World(served + manifest(kind, wrong, name));
    assert.ok(world.told(key).includes(`False Invalid: ${field} `), world.told(key));
    assert.doesNotMatch(world.told(key), /before/);
    assert.deepEqual(world.hostnames, ['*', 'shop.example']);
    world.write(served + manifest(kind, right, name));
    assert.match(world.told(key), /True Accepted|Running|Ready/);
    world.write(served + manifest(kind, wrong, name));
    assert.match(world.told(key), /False Invalid: .*What it was before counts until it is mended\.$/);
    world.write(served);
    assert.equal(world.status(key), undefined);
  });
}

test('states are those of Emissary', () => {
  const { wrong: mapping } = KINDS['Mapping']!;
  const { wrong: host } = KINDS['Host']!;
  const world = new World(manifest('Mapping', mapping) + manifest('Host', host));
  const [inactive, error] = [world.status('Mapping/default/x'), world.status('Host/default/x')];
  assert.equal(inactive?.state, 'Inactive');
  assert.match(inactive?.reason ?? '', /^spec\.timeout_ms /);
  assert.equal(error?.state, 'Error');
  assert.match(error?.errorReason ?? '', /^spec\.hostname /);
});

test('what is for another installation is not told', () => {
  const world = new World(manifest('Mapping', '{ ambassador_id: [other], prefix: 1, service: x }'));
  assert.equal(world.status('Mapping/default/x'), undefined);
});

test('an AuthService that never could be decoded lets nothing through; one that could goes on', () => {
  const { wrong, right } = KINDS['AuthService']!;
  const world = new World(served + manifest('AuthService', wrong));
  assert.partialDeepStrictEqual(world.checks, { auth: { statusOnError: 403 } });
  assert.equal((world.checks as { auth: { cluster?: string } }).auth.cluster, undefined);
  world.write(served + manifest('AuthService', right));
  const { checks } = world;
  assert.notEqual((checks as { auth: { cluster?: string } }).auth.cluster, undefined);
  world.write(served + manifest('AuthService', wrong));
  assert.deepEqual(world.checks, checks);
});

for (
  const [wrong, field] of [
    ['timeout_ms: never', 'timeout_ms'],
    ['nobody: [', 'cannot be read as YAML'],
    ['apiVersion: getambassador.io/v9', 'apiVersion'],
  ] as const
) {
  test(`an AuthService in an annotation with ${wrong} lets nothing through`, () => {
    const world = new World(`${served}---
apiVersion: v1
kind: Service
metadata:
  name: auth
  annotations:
    getambassador.io/config: |
      ---
      ${wrong.startsWith('apiVersion') ? '' : 'apiVersion: getambassador.io/v2'}
      kind: AuthService
      name: auth
      auth_service: x.example.net
      ${wrong}
spec: {}
`);
    assert.ok(world.told('AuthService/default/auth').startsWith(`False Invalid: ${field}`));
    assert.partialDeepStrictEqual(world.checks, { auth: { statusOnError: 403 } });
  });
}

test('a Module that says whom to let in, and cannot be decoded, lets nobody in', () => {
  const config = (said: string): string => manifest('Module', `{ config: { ${said} } }`, 'ambassador');
  const world = new World(served + config('ip_deny: [{ peer: 1 }]'));
  assert.partialDeepStrictEqual(world.checks, { closed: true });
  world.write(served + config('server_name: [x], ip_allow: [], lua_scripts: ""'));
  assert.deepEqual(world.checks, undefined);
});
