import assert from 'node:assert/strict';
import { isWithin } from '../../controllers/gateway/routability.ts';
import { SERVICE_RANGE } from '../cluster/addresses.ts';
import { assertStanding, type BeyondTest, type Stage } from './beyond.ts';
import { gateway, HTTP, httpRoute } from './objects.ts';

const SENTINEL = 'testing.x-k8s.io/sentinel';
const ASSIGNED = { AddressesAssigned: 'True/AddressesAssigned', Programmed: 'True/Programmed' };

interface Expected {
  /** In the order of their routability. */
  readonly routabilities: readonly string[];
  readonly conditions: Readonly<Record<string, string>>;
  /** Words of the message of `AddressesAssigned`. */
  readonly says?: RegExp;
}

/** What a Gateway with these requests reports; each test has Gateways of its own, as updates are another matter. */
async function expectGateway(
  stage: Stage,
  name: string,
  { addresses, routabilities, conditions, says }: Expected & { readonly addresses?: readonly object[] },
): Promise<readonly Readonly<Record<string, string>>[]> {
  await stage.apply(gateway(name, { listeners: [HTTP], ...(addresses === undefined ? {} : { addresses }) }));
  let reported: readonly Record<string, string>[] = [];
  await stage.settles(async () => {
    const { status } = await stage.get(`gateway/${name}`);
    assertStanding(status?.conditions, conditions);
    reported = status?.addresses ?? [];
    assert.deepEqual(
      reported.map(({ routability = 'none' }) => routability).sort(),
      [...routabilities].sort(),
    );
    for (const { value = '', routability } of reported) {
      assert.equal(isWithin(value, [SERVICE_RANGE]), routability === 'Cluster', value);
    }
    const assigned = status?.conditions?.find(({ type }) => type === 'AddressesAssigned');
    if (says !== undefined) assert.match(assigned?.message ?? '', says);
  });
  return reported;
}

const any = { type: 'IPAddress' };
const cluster = { type: 'IPAddress', routability: 'Cluster' };

const routability: BeyondTest = {
  name: 'GatewayAddressRoutability',
  features: ['Gateway', 'GatewayAddressRoutability'],
  description:
    'Routability is accepted as defined, reported for every address, and never replaced by another.',
  run: async (stage) => {
    const valid = ['', 'Cluster', SENTINEL, 'example.com/CorpWan', 'a.b/c/d'];
    const bad = [
      'Public',
      'example.com/',
      '/path',
      'UPPER/x',
      'k8s.io/value',
      'gateway.networking.k8s.io/value',
    ];
    for (const [index, value] of [...valid, ...bad].entries()) {
      const made = stage.apply(
        gateway(`validation-${index}`, { listeners: [HTTP], addresses: [{ ...any, routability: value }] }),
      );
      if (valid.includes(value)) await made;
      else await assert.rejects(made, /Routability must be empty, Cluster, or/, value);
    }
    await expectGateway(stage, 'none', { routabilities: [''], conditions: ASSIGNED });
    await expectGateway(stage, 'omitted', { addresses: [any], routabilities: [''], conditions: ASSIGNED });
    await expectGateway(stage, 'empty', {
      addresses: [{ ...any, routability: '' }],
      routabilities: [''],
      conditions: ASSIGNED,
    });
    await expectGateway(stage, 'sentinel', {
      addresses: [{ ...any, routability: SENTINEL }],
      routabilities: [SENTINEL],
      conditions: ASSIGNED,
    });
    await expectGateway(stage, 'unknown', {
      addresses: [{ ...any, routability: 'example.com/CorpWan' }],
      routabilities: [],
      conditions: { AddressesAssigned: 'False/NotAssigned', Programmed: 'False/AddressNotAssigned' },
      says: /example\.com\/CorpWan is not supported/,
    });
    await expectGateway(stage, 'partly', {
      addresses: [{ ...any, routability: 'testing.x-k8s.io/other' }, any],
      routabilities: [''],
      conditions: { AddressesAssigned: 'False/PartiallyAssigned', Programmed: 'True/Programmed' },
      says: /spec\.addresses\[0\]/,
    });
  },
};

const clusterRoutability: BeyondTest = {
  name: 'GatewayAddressRoutabilityCluster',
  features: ['Gateway', 'HTTPRoute', 'GatewayAddressRoutability', 'GatewayAddressRoutabilityCluster'],
  description: 'Requests for routability Cluster get addresses of Services, beside others or alone.',
  run: async (stage) => {
    await stage.apply(
      httpRoute('web', {
        parentRefs: ['alone', 'both'].map((name) => ({ name })),
        rules: [{ filters: [{ type: 'RequestRedirect', requestRedirect: { hostname: 'here.example' } }] }],
      }),
    );
    const alone = await expectGateway(stage, 'alone', {
      addresses: [cluster],
      routabilities: ['Cluster'],
      conditions: ASSIGNED,
    });
    const type = await stage.cluster.kubectl([
      'get',
      'service/alone-dragoman',
      `--namespace=${stage.namespace}`,
      '--output=jsonpath={.spec.type}',
    ]);
    assert.equal(type, 'ClusterIP', 'nothing else is to reach it');
    const both = await expectGateway(stage, 'both', {
      addresses: [cluster, any],
      routabilities: ['', 'Cluster'],
      conditions: ASSIGNED,
    });
    for (const { value: address = '' } of [...alone, ...both]) {
      await stage.settles(async () => {
        assert.equal((await stage.send({ address, port: 80 })).status, 302, address);
      });
    }
    await expectGateway(stage, 'reversed', {
      addresses: [any, cluster],
      routabilities: ['', 'Cluster'],
      conditions: ASSIGNED,
    });
  },
};

const staticCluster: BeyondTest = {
  name: 'GatewayAddressRoutabilityClusterStatic',
  features: [
    'Gateway',
    'GatewayStaticAddresses',
    'GatewayAddressRoutability',
    'GatewayAddressRoutabilityCluster',
  ],
  description: 'A request for an address of Services by its value is satisfied by that alone.',
  run: async (stage) => {
    const within = SERVICE_RANGE.replace(/\.0\.0\/16$/, '.77.7');
    const [reported] = await expectGateway(stage, 'within', {
      addresses: [{ ...cluster, value: within }],
      routabilities: ['Cluster'],
      conditions: ASSIGNED,
    });
    assert.equal(reported?.['value'], within);
    const outside = { ...cluster, value: '192.0.2.1' };
    await expectGateway(stage, 'outside', {
      addresses: [outside],
      routabilities: [],
      conditions: { AddressesAssigned: 'False/NotAssigned', Programmed: 'False/AddressNotAssigned' },
      says: /192\.0\.2\.1 is not in/,
    });
    await expectGateway(stage, 'partly', {
      addresses: [outside, any],
      routabilities: [''],
      conditions: { AddressesAssigned: 'False/PartiallyAssigned' },
      says: /spec\.addresses\[0\]: Address 192\.0\.2\.1/,
    });
  },
};

export const routabilityTests: readonly BeyondTest[] = [routability, clusterRoutability, staticCluster];
