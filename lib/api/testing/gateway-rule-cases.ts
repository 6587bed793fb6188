import type { RuleCase } from './rule-case.ts';

const http = { name: 'a', port: 80, protocol: 'HTTP' };
const tls = { certificateRefs: [{ name: 'a' }] };

function gateway(spec: object): object {
  return { gatewayClassName: 'a', listeners: [http], ...spec };
}

function listeners(...listeners: readonly object[]): object {
  return gateway({ listeners });
}

function frontend(frontend: object): object {
  return gateway({ tls: { frontend } });
}

const bundle = { group: 'certificates.k8s.io', kind: 'ClusterTrustBundle', name: 'a' };
const longPrefix = `${'a'.repeat(60)}.`.repeat(5);

function routability(rule: string, bad: string): RuleCase {
  return {
    rule,
    kind: 'Gateway',
    good: gateway({ addresses: ['', 'Cluster', 'example.com/a/b'].map((routability) => ({ routability })) }),
    bad: gateway({ addresses: [{ routability: bad }] }),
    at: 'addresses[0].routability',
  };
}

/** The rules about Gateways and ListenerSets. */
export const gatewayRuleCases: readonly RuleCase[] = [
  {
    rule: '1ff45617',
    kind: 'Gateway',
    good: gateway({ addresses: [{ value: '192.0.2.1' }, { value: '192.0.2.2' }, {}, {}] }),
    bad: gateway({ addresses: [{ value: '192.0.2.1' }, { value: '192.0.2.1' }] }),
    at: 'addresses[1].value',
  },
  {
    rule: '43360f8a',
    kind: 'Gateway',
    good: gateway({
      addresses: [{ type: 'Hostname', value: 'a.b' }, { type: 'NamedAddress', value: 'a.b' }, {
        type: 'NamedAddress',
        value: 'a.b',
      }],
    }),
    bad: gateway({ addresses: [{ type: 'Hostname', value: 'a.b' }, { type: 'Hostname', value: 'a.b' }] }),
    at: 'addresses[1].value',
  },
  {
    rule: 'dac2850f',
    kind: 'Gateway',
    good: gateway({ addresses: [{ type: 'Hostname', value: '*.a.b' }, { type: 'Hostname' }] }),
    bad: gateway({ addresses: [{ type: 'Hostname', value: 'a_b' }] }),
    at: 'addresses[0].value',
  },
  {
    rule: '9d65bf17',
    kind: 'Gateway',
    good: gateway({ addresses: [{ value: '192.0.2.1' }, { value: '2001:db8::1' }] }),
    bad: gateway({ addresses: [{ value: '192.0.2.256' }] }),
    at: 'addresses[0].value',
  },
  {
    rule: 'b3d66a64',
    kind: 'Gateway',
    part: 'status',
    good: { addresses: [{ type: 'Hostname', value: 'a.b' }] },
    bad: { addresses: [{ type: 'Hostname', value: 'a b' }] },
    at: 'addresses[0].value',
  },
  routability('591bc5c2', 'Public'),
  routability('591bc5c2', 'k8s.io/a'),
  routability('591bc5c2', 'a.k8s.io/b'),
  routability('591bc5c2', 'A/b'),
  {
    rule: '9d8358ec',
    kind: 'Gateway',
    good: gateway({ infrastructure: { annotations: { 'a.b/c_D': 'e f' }, labels: { a: 'b' } } }),
    bad: gateway({ infrastructure: { annotations: { 'a/b/c': '' } } }),
    at: 'infrastructure.annotations["a/b/c"]',
  },
  {
    rule: '4b9766f7',
    kind: 'Gateway',
    good: gateway({ infrastructure: { labels: { [`${longPrefix.slice(0, 252)}/a`]: 'b' } } }),
    bad: gateway({ infrastructure: { labels: { [`${longPrefix.slice(0, 253)}/a`]: 'b' } } }),
    at: `infrastructure.labels["${longPrefix.slice(0, 253)}/a"]`,
  },
  {
    rule: '78a77239',
    kind: 'Gateway',
    good: listeners({ ...http, protocol: 'a.b/TCP', tls }),
    bad: listeners({ ...http, tls }),
    at: 'listeners[0].tls',
  },
  {
    rule: 'aec2bd59',
    kind: 'Gateway',
    good: listeners({ ...http, protocol: 'HTTPS', tls }),
    bad: listeners({ ...http, protocol: 'HTTPS', tls: { mode: 'Passthrough' } }),
    at: 'listeners[0].tls.mode',
  },
  {
    rule: '79a48446',
    kind: 'ListenerSet',
    good: {
      parentRef: { name: 'a' },
      listeners: [{ ...http, protocol: 'TLS', tls: { mode: 'Passthrough' } }],
    },
    bad: { parentRef: { name: 'a' }, listeners: [{ ...http, protocol: 'TLS' }] },
    at: 'listeners[0].tls',
  },
  {
    rule: 'e658cd99',
    kind: 'Gateway',
    good: listeners({ ...http, protocol: 'UDP' }),
    bad: listeners({ ...http, protocol: 'UDP', hostname: 'a.b' }),
    at: 'listeners[0].hostname',
  },
  {
    rule: 'b3c66e24',
    kind: 'Gateway',
    good: listeners(http, { ...http, name: 'b', port: 81 }),
    bad: listeners(http, { ...http, port: 81 }),
    at: 'listeners[1].name',
  },
  {
    rule: 'd31959b5',
    kind: 'Gateway',
    good: listeners(http, { ...http, name: 'b', hostname: 'a.b' }, { ...http, name: 'c', protocol: 'TCP' }),
    bad: listeners(http, { ...http, name: 'b' }),
    at: 'listeners[0]',
  },
  {
    rule: 'e3e62c2a',
    kind: 'ListenerSet',
    good: { parentRef: { name: 'a' }, listeners: [http, { ...http, name: 'b', hostname: 'a.b' }] },
    bad: { parentRef: { name: 'a' }, listeners: [http, { ...http, name: 'b' }] },
    at: 'listeners[1]',
  },
  {
    rule: '2c84d289',
    kind: 'Gateway',
    good: listeners({ ...http, filters: {} }),
    bad: listeners({ ...http, protocol: 'TCP', filters: {} }),
    at: 'listeners[0].filters',
  },
  {
    rule: 'f161b726',
    kind: 'Gateway',
    good: listeners({ ...http, protocol: 'HTTPS', tls: { options: { 'a.b/c': 'd' } } }),
    bad: listeners({ ...http, protocol: 'HTTPS', tls: { certificateRefs: [] } }),
    at: 'listeners[0].tls.certificateRefs',
  },
  {
    rule: '3c326992',
    kind: 'Gateway',
    good: frontend({
      default: {
        validation: {
          caCertificateRefs: [bundle, { group: '', kind: 'ConfigMap', name: 'a', namespace: 'b' }],
        },
      },
    }),
    bad: frontend({ default: { validation: { caCertificateRefs: [{ ...bundle, namespace: 'b' }] } } }),
    at: 'tls.frontend.default.validation.caCertificateRefs[0].namespace',
  },
  {
    rule: '41930737',
    kind: 'Gateway',
    good: frontend({ default: {}, perPort: [{ port: 1, tls: {} }, { port: 2, tls: {} }] }),
    bad: frontend({ default: {}, perPort: [{ port: 1, tls: {} }, { port: 1, tls: {} }] }),
    at: 'tls.frontend.perPort[1].port',
  },
];
