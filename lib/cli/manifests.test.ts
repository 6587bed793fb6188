import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';

import { dragoman, folder, shop } from './testing/command.ts';

interface Report {
  readonly valid: boolean;
  readonly problems: readonly {
    readonly severity: string;
    readonly file?: string;
    readonly line?: number;
    readonly column?: number;
    readonly object?: string;
    readonly field: string;
    readonly message: string;
  }[];
}

async function report(path: string): Promise<Report & { readonly code: number }> {
  const { code, out } = await dragoman(['validate', '-o', 'json', path]);
  return { ...JSON.parse(out) as Report, code };
}

test('`validate` is content with good manifests', async (t) => {
  const { code, out, err } = await dragoman(['validate', folder(t, { 'shop.yaml': shop })]);
  assert.deepEqual([code, out, err], [0, '', 'valid: 4 objects in 1 file\n']);
});

test('`validate` tells every problem of every file at once, each with its place', async (t) => {
  const root = folder(t, {
    'shop.yaml': shop.replace('name: shop\n          port: 80', 'name: shopp\n          port: 80'),
    'syntax.yaml': 'kind: Service\n  apiVersion: v1\n',
    'type.yaml': 'apiVersion: v1\nkind: Service\nmetadata:\n  name: a\nspec:\n  ports:\n    - port: eighty\n',
    'kind.yaml': 'apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRout\nmetadata:\n  name: b\n',
  });
  const { code, valid, problems } = await report(root);
  assert.deepEqual([code, valid], [1, false]);
  const places = problems.map(({ file, line, column, object, field }) => [
    file?.slice(root.length + 1),
    line,
    column,
    object,
    field,
  ]);
  assert.deepEqual(places, [
    ['kind.yaml', 2, 7, 'HTTPRout/default/b', 'kind'],
    ['shop.yaml', 40, 17, 'HTTPRoute/default/shop', 'spec.rules[0].backendRefs[0].name'],
    ['syntax.yaml', 1, 7, undefined, ''],
    ['type.yaml', 7, 13, 'Service/default/a', 'spec.ports[0].port'],
  ]);
});

const legacy = `apiVersion: v1
kind: Service
metadata:
  name: tour
  namespace: shop
  annotations:
    getambassador.io/config: |
      ---
      apiVersion: ambassador/v1
      kind: Mapping
      name: tour
      prefix: /tour/
      service: tour
      rewrit: /
spec: {ports: [{port: 80}]}
---
apiVersion: getambassador.io/v2
kind: Mapping
metadata: {name: cart, namespace: shop}
spec: {prefix: /cart/, service: cart, tls: true, timeout_ms: 1s}
`;

test('`validate` reads legacy resources, in annotations too', async (t) => {
  const { problems } = await report(folder(t, { 'legacy.yaml': legacy }));
  assert.deepEqual(
    problems.map(({ severity, line, column, object, field }) => [severity, line, column, object, field]),
    [
      ['warning', 14, 15, 'Mapping/shop/tour', 'rewrit'],
      ['error', 20, 62, 'Mapping/shop/cart', 'spec.timeout_ms'],
    ],
  );
});

test('`validate` and `status` tell where in an annotation a resource is', async (t) => {
  const root = folder(t, {
    'legacy.yaml': `apiVersion: v1
kind: Service
metadata:
  name: tour
  annotations:
    getambassador.io/config: |
      ---
      apiVersion: ambassador/v1
      kind: Mapping
      name: tour
      prefix: /tour/
      service: tour.example.net
      resolver: nothing
      ---
      apiVersion: ambassador/v1
      kind: Mapping
      name: broken
      prefix: 7
      service: tour.example.net
spec: {ports: [{port: 80}]}
`,
  });
  const { problems } = await report(root);
  assert.deepEqual(
    problems.map(({ line, column, object, field }) => [line, column, object, field]),
    [
      [13, 17, 'Mapping/default/tour', 'spec.resolver'],
      [18, 15, 'Mapping/default/broken', 'prefix'],
    ],
  );
  const { out } = await dragoman(['status', root]);
  assert.match(out, /^Mapping\s+default\/tour.*legacy\.yaml:8\b.*nothing/m);
  assert.match(out, /^Mapping\s+default\/broken.*legacy\.yaml:15\b.*prefix/m);
});

test('`status` says where a resource is that cannot be decoded', async (t) => {
  const root = folder(t, {
    'm.yaml':
      'apiVersion: getambassador.io/v2\nkind: Mapping\nmetadata: {name: m}\nspec: {prefix: /, service: 5}\n',
  });
  const { out } = await dragoman(['status', root]);
  assert.match(out, /^Mapping\tdefault\/m\t.*m\.yaml:4\t.*service is the number 5/m);
});

test('`validate` writes `file:line:column: error: object: field message`', async (t) => {
  const root = folder(t, {
    'a.yaml': 'apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: [{port: no}]}\n',
  });
  const { code, out, err } = await dragoman(['validate', root]);
  assert.equal(code, 1);
  assert.ok(
    out.startsWith(`${join(root, 'a.yaml')}:4:23: error: Service/default/a: spec.ports[0].port `),
    out,
  );
  assert.match(err, /^1 error; /);
});

test('`validate` reads a file and standard input as well', async (t) => {
  const root = folder(t, { 'shop.yaml': shop, 'other.yaml': 'no: object\n' });
  assert.equal((await dragoman(['validate', join(root, 'shop.yaml')])).code, 0);
  async function* stdin(): AsyncGenerator<Uint8Array> {
    yield new TextEncoder().encode(shop.replace('protocol: HTTP\n', 'protocol: 7\n'));
  }
  const { code, out } = await dragoman(['validate', '-'], { stdin: stdin() });
  assert.equal(code, 1);
  assert.match(
    out,
    /^stdin:17:17: error: Gateway\/default\/web: spec\.listeners\[0\]\.protocol is the number 7/,
  );
});

for (const command of ['validate', 'translate', 'status', 'run']) {
  test(`\`${command}\` names a folder that does not exist`, async (t) => {
    const missing = join(folder(t), 'missing');
    // Any executable does: nothing is started.
    const options = command === 'run' ? ['--envoy', process.execPath, '--status-address', '127.0.0.1:0'] : [];
    const { code, out, err } = await dragoman([command, missing, ...options]);
    assert.deepEqual([code, out, err], [1, '', `error: ${missing} does not exist\n`]);
  });
}

test('an empty folder is told as such', async (t) => {
  const root = folder(t, { 'README.md': 'nothing' });
  const { code, err } = await dragoman(['validate', root]);
  assert.deepEqual([code, err], [0, `${root} has no manifests: nothing ends in .yaml, .yml or .json\n`]);
  assert.match((await dragoman(['status', root])).err, /has no manifests/);
});

test('`status` prints a line for each part of an object, separated by tabs', async (t) => {
  const root = folder(t, { 'shop.yaml': shop });
  const { code, out } = await dragoman(['status', root]);
  assert.equal(code, 0);
  const rows = out.trimEnd().split('\n').map((line) => line.split('\t').slice(0, 3).join(' '));
  assert.deepEqual(rows, [
    'KIND NAME PART',
    'GatewayClass dragoman -',
    'Gateway default/web -',
    'Gateway default/web listener http (1 route)',
    'HTTPRoute default/shop parent web',
  ]);
});

test('`status` says what is wrong', async (t) => {
  const root = folder(t, { 'shop.yaml': shop.replace('- name: web', '- name: wep') });
  const { out } = await dragoman(['status', root]);
  assert.match(out, /listener http \(0 routes\)/);
  const broken = folder(t, { 'shop.yaml': shop.replace('- name: shop', '- name: shopp') });
  assert.match(
    (await dragoman(['status', broken])).out,
    /HTTPRoute\tdefault\/shop\tparent web\tResolvedRefs=False \(BackendNotFound\)/,
  );
});

test('`status -o yaml` prints a List of the objects with their status', async (t) => {
  const root = folder(t, { 'shop.yaml': shop });
  const { out } = await dragoman(['status', '-o', 'yaml', root]);
  const list = parse(out) as {
    kind: string;
    items: {
      kind: string;
      key?: string;
      spec: unknown;
      status: { conditions?: Record<string, unknown>[] };
    }[];
  };
  assert.equal(list.kind, 'List');
  assert.deepEqual(list.items.map(({ kind }) => kind), ['GatewayClass', 'Gateway', 'HTTPRoute']);
  const gateway = list.items[1];
  assert.equal(gateway?.key, undefined);
  const programmed = gateway?.status.conditions?.find(({ type }) => type === 'Programmed');
  assert.equal(programmed?.['status'], 'True');
  assert.equal(programmed?.['lastTransitionTime'], '1970-01-01T00:00:00Z');
  assert.deepEqual(JSON.parse((await dragoman(['status', '-o', 'json', root])).out), list);
});

test('`translate` prints Envoy resources, by type and name', async (t) => {
  const root = folder(t, { 'shop.yaml': shop });
  const all = JSON.parse((await dragoman(['translate', '-o', 'json', root])).out) as {
    resources: { '@type': string; name?: string }[];
  };
  const types = new Set(all.resources.map((resource) => resource['@type'].split('.').at(-1)));
  for (const type of ['Listener', 'RouteConfiguration', 'VirtualHost', 'Cluster', 'ClusterLoadAssignment']) {
    assert.ok(types.has(type), type);
  }
  const hosts = parse(
    (await dragoman(['translate', '--type', 'host', '--name', '*shop.example.com', root])).out,
  ) as {
    resources: { name: string; domains: string[] }[];
  };
  assert.deepEqual(hosts.resources.map(({ domains }) => domains), [['shop.example.com']]);
});

test('`translate --port-shift` and `--bind` show in the listeners', async (t) => {
  const root = folder(t, { 'shop.yaml': shop });
  const args = [
    'translate',
    '--type',
    'listener',
    '--bind',
    '127.0.0.9',
    '--port-shift',
    '100',
    '-o',
    'json',
    root,
  ];
  const { resources: [listener] } = JSON.parse((await dragoman(args)).out) as {
    resources: { address: { socketAddress: { address: string; portValue: number } } }[];
  };
  assert.deepEqual(listener?.address.socketAddress, { address: '127.0.0.9', portValue: 180 });
});

test('`translate` lists the names there are if none fits', async (t) => {
  const { code, err } = await dragoman(['translate', '--name', 'nothing', folder(t, { 'shop.yaml': shop })]);
  assert.equal(code, 1);
  assert.match(err, /no resource is named nothing; there are:\n {2}\w+ /);
});

test('`translate` shows no private key', async (t) => {
  const { out: secret } = await dragoman(['cert', 'shop.example.com', '--name', 'shop-tls']);
  const listener =
    `protocol: HTTPS\n      hostname: shop.example.com\n      tls:\n        certificateRefs:\n          - name: shop-tls\n`;
  const root = folder(t, { 'shop.yaml': shop.replace('protocol: HTTP\n', listener), 'secret.yaml': secret });
  const { code, out } = await dragoman(['translate', '--type', 'secret', root]);
  assert.equal(code, 0);
  assert.match(out, /tlsCertificate/);
  const key = /tls\.key: \|\n\s+-----BEGIN PRIVATE KEY-----\n\s+(\S+)/.exec(secret)?.[1];
  assert.ok(key !== undefined && !out.includes(key) && !out.includes(btoa(key).slice(0, 20)));
  assert.doesNotMatch(out, /PRIVATE KEY/);
});
