import assert from 'node:assert/strict';
import { test } from 'node:test';

import { tlsSecret, web } from '../secret/testing/fixtures.ts';
import { gatewayOf, http, https, said, translated, verdictOf, world } from './testing/world.ts';

test('HTTPS listeners are chains with server names, told apart by chain', () => {
  const listeners = [
    https('any'),
    https('exact', { hostname: 'WWW.example.com'.toLowerCase(), secret: 'other' }),
  ];
  const result = translated({ listeners });
  const tls = (secret: string): object => ({
    certificates: [`certificate/infra/${secret}`],
    alpn: ['h2', 'http/1.1'],
  });
  const handler = (chainId: string): object => ({ type: 'http', routeConfig: 'infra/web/443', chainId });
  const [any, exact] = ['Gateway/infra/web/any', 'Gateway/infra/web/exact'];
  assert.deepEqual(result.listeners[0]?.chains, [
    { name: any, serverNames: [], tls: tls('web'), handler: handler(any) },
    { name: exact, serverNames: ['www.example.com'], tls: tls('other'), handler: handler(exact) },
  ]);
  assert.deepEqual(result.projections.map(({ chainId, tlsMode }) => [chainId, tlsMode]), [
    [any, 'Terminate'],
    [exact, 'Terminate'],
  ]);
  assert.deepEqual(result.secrets.map(({ name }) => name), [
    'certificate/infra/web',
    'certificate/infra/other',
  ]);
  assert.equal(
    said(verdictOf(result, 'exact').conditions)['OverlappingTLSConfig'],
    'True/OverlappingHostnames',
  );
  assert.equal(
    said(verdictOf(result, 'any').conditions)['OverlappingTLSConfig'],
    'True/OverlappingHostnames',
  );
});

test('an HTTPS listener alone on its port states its chain, though no hostname demands it, and overlaps with none', () => {
  const { listeners, projections, ...result } = translated({
    listeners: [https('one'), https('two', { port: 8443 })],
  });
  assert.deepEqual(listeners.map(({ chains }) => chains[0]?.handler), [
    { type: 'http', routeConfig: 'infra/web/443', chainId: 'Gateway/infra/web/one' },
    { type: 'http', routeConfig: 'infra/web/8443', chainId: 'Gateway/infra/web/two' },
  ]);
  assert.ok(projections.every(({ chainId }) => chainId === undefined));
  assert.equal(
    said(verdictOf({ listeners, projections, ...result }, 'one').conditions)['OverlappingTLSConfig'],
    undefined,
  );
});

test('an HTTPS listener that is not accepted gives its port no second chain', () => {
  const options = { 'dragoman.dev/min-version': '0' };
  const tls = { certificateRefs: [{ name: 'web' }], options };
  const refused = { name: 'refused', port: 443, protocol: 'HTTPS', hostname: 'refused.example.com', tls };
  const { listeners, projections } = translated({ listeners: [https('good'), refused] });
  assert.deepEqual(listeners[0]?.chains.map(({ name }) => name), ['Gateway/infra/web/good']);
  assert.deepEqual(projections.map(({ accepted, chainId }) => [accepted, chainId]), [[true, undefined], [
    false,
    undefined,
  ]]);
});

test('a listener without a usable certificate serves nothing, keeps its hostname and harms no other', () => {
  const result = translated({
    listeners: [https('good'), https('bad', { hostname: 'bad.example.com', secret: 'gone' })],
  });
  assert.deepEqual(result.listeners[0]?.chains.map(({ name }) => name), ['Gateway/infra/web/good']);
  // With a chain identity, requests for bad.example.com get 421 instead of passing through the other chain.
  assert.deepEqual(result.projections.map(({ accepted, chainId }) => [accepted, chainId]), [
    [true, 'Gateway/infra/web/good'],
    [true, 'Gateway/infra/web/bad'],
  ]);
  assert.equal(verdictOf(result, 'good').listener, 'infra/web/443');
  assert.equal(verdictOf(result, 'bad').listener, undefined);
  assert.deepEqual(said(result.status.conditions), {
    Accepted: 'True/Accepted',
    ResolvedRefs: 'False/ListenersNotResolved',
  });
});

test('tls.certificateRefs: ResolvedRefs', async (t) => {
  const cases: readonly {
    name: string;
    references: readonly object[];
    resolved: string;
    chains: number;
    message?: RegExp;
  }[] = [
    { name: 'a Secret', references: [{ name: 'web' }], resolved: 'True/ResolvedRefs', chains: 1 },
    {
      name: 'two Secrets',
      references: [{ name: 'web' }, { name: 'other' }],
      resolved: 'True/ResolvedRefs',
      chains: 1,
    },
    {
      name: 'a missing Secret',
      references: [{ name: 'gone' }],
      resolved: 'False/InvalidCertificateRef',
      chains: 0,
    },
    {
      name: 'another group',
      references: [{ name: 'web', group: 'example.com' }],
      resolved: 'False/InvalidCertificateRef',
      chains: 0,
    },
    {
      name: 'another kind',
      references: [{ name: 'web', kind: 'Other' }],
      resolved: 'False/InvalidCertificateRef',
      chains: 0,
    },
    {
      name: 'a key that does not fit',
      references: [{ name: 'mixed' }],
      resolved: 'False/InvalidCertificateRef',
      chains: 0,
      message: /Secret\/infra\/mixed: data\["tls\.key"\] does not fit the certificate/,
    },
    {
      name: 'a Secret without grant that does not exist',
      references: [{ name: 'gone', namespace: 'certs' }],
      resolved: 'False/RefNotPermitted',
      chains: 0,
    },
    {
      name: 'a good and a missing Secret',
      references: [{ name: 'web' }, { name: 'gone' }],
      resolved: 'False/InvalidCertificateRef',
      chains: 1,
    },
  ];
  for (const { name, references: certificateRefs, resolved, chains, message = /(?:)/ } of cases) {
    await t.test(`${name}: ${resolved}`, () => {
      const result = translated({
        listeners: [{ name: 'https', port: 443, protocol: 'HTTPS', tls: { certificateRefs } }],
      });
      const verdict = verdictOf(result, 'https');
      assert.equal(said(verdict.conditions)['ResolvedRefs'], resolved);
      assert.equal(said(verdict.conditions)['Accepted'], 'True/Accepted');
      assert.equal(result.listeners.length, chains);
      assert.deepEqual(verdict.supportedKinds.map(({ kind }) => kind), ['GRPCRoute', 'HTTPRoute']);
      assert.match(result.diagnostics[0]?.message ?? '', message);
    });
  }
});

test('a certificate out of its time is a warning', () => {
  const { graph, inputs, results } = world();
  inputs.secrets.set(tlsSecret('infra/web', web));
  inputs.gateways.set(gatewayOf('web', { listeners: [https('https')] }));
  const warnings: (string | undefined)[] = [];
  for (const date of ['2050-01-01', '2200-01-01', '1999-01-01']) {
    inputs.clock.set({ key: 'now', time: Date.parse(date) });
    graph.commit();
    const result = results.get('infra/web');
    warnings.push(result?.diagnostics[0]?.message);
    assert.equal(result?.listeners.length, 1);
  }
  assert.equal(warnings[0], undefined);
  assert.match(warnings[1] ?? '', /Secret\/infra\/web expired on/);
  assert.match(warnings[2] ?? '', /Secret\/infra\/web is valid only from/);
});

test('tls.options', async (t) => {
  const cases: readonly { name: string; options: Record<string, string>; tls?: object; problem?: RegExp }[] =
    [
      {
        name: 'of others are left alone',
        options: { 'example.com/x': 'y' },
        tls: { alpn: ['h2', 'http/1.1'] },
      },
      {
        name: 'of ours',
        options: {
          'dragoman.dev/min-version': '1.2',
          'dragoman.dev/max-version': '1.3',
          'dragoman.dev/cipher-suites': 'ECDHE-ECDSA-AES128-GCM-SHA256, AES128-SHA',
          'dragoman.dev/alpn': 'http/1.1',
        },
        tls: {
          alpn: ['http/1.1'],
          minVersion: '1.2',
          maxVersion: '1.3',
          cipherSuites: ['ECDHE-ECDSA-AES128-GCM-SHA256', 'AES128-SHA'],
        },
      },
      { name: 'unknown', options: { 'dragoman.dev/x': 'y' }, problem: /dragoman\.dev\/x is unknown/ },
      {
        name: 'with a wrong version',
        options: { 'dragoman.dev/min-version': '2' },
        problem: /cannot be "2"/,
      },
      {
        name: 'with a wrong suite',
        options: { 'dragoman.dev/cipher-suites': 'ROT13' },
        problem: /no cipher suite in "ROT13"/,
      },
      { name: 'with wrong ALPN', options: { 'dragoman.dev/alpn': 'h3' }, problem: /cannot be "h3"/ },
      {
        name: 'with versions that exclude each other',
        options: { 'dragoman.dev/min-version': '1.3', 'dragoman.dev/max-version': '1.2' },
        problem: /1\.3 is above/,
      },
    ];
  for (const { name, options, tls, problem } of cases) {
    await t.test(name, () => {
      const result = translated({
        listeners: [{
          name: 'https',
          port: 443,
          protocol: 'HTTPS',
          tls: { certificateRefs: [{ name: 'web' }], options },
        }],
      });
      const { certificates, ...rest } = result.listeners[0]?.chains[0]?.tls ?? { certificates: [] };
      assert.equal(certificates.length, problem === undefined ? 1 : 0);
      if (problem === undefined) return assert.deepEqual(rest, tls);
      assert.equal(said(verdictOf(result, 'https').conditions)['Accepted'], 'False/UnsupportedValue');
      assert.match(result.diagnostics[0]?.message ?? '', problem);
    });
  }
});

test('spec.tls.frontend: clients are validated by port', () => {
  const validation = (name: string, mode?: string): object => ({
    validation: { caCertificateRefs: [{ group: '', kind: 'ConfigMap', name }], mode },
  });
  const result = translated({
    listeners: [
      https('a'),
      https('b', { port: 8443 }),
      https('c', { port: 9443 }),
      https('d', { port: 7443 }),
      http,
    ],
    tls: {
      frontend: {
        default: validation('ca'),
        perPort: [
          { port: 8443, tls: validation('ca', 'AllowInsecureFallback') },
          { port: 9443, tls: {} },
          { port: 7443, tls: validation('gone') },
        ],
      },
    },
  });
  const trust = 'trust/ConfigMap/infra/ca';
  const validations = result.listeners.map(({ key, chains }) => [key, chains[0]?.tls?.clientValidation]);
  assert.deepEqual(validations, [
    ['infra/web/80', undefined],
    ['infra/web/443', { trust, insecureFallback: false }],
    ['infra/web/8443', { trust, insecureFallback: true }],
    ['infra/web/9443', undefined],
  ]);
  assert.deepEqual(result.secrets.map(({ name, type }) => [name, type]), [[
    'certificate/infra/web',
    'certificate',
  ], [trust, 'trust']]);
  assert.deepEqual(said(verdictOf(result, 'd').conditions), {
    Accepted: 'False/NoValidCACertificate',
    Conflicted: 'False/NoConflicts',
    ResolvedRefs: 'False/InvalidCACertificateRef',
  });
  assert.equal(result.projections[3]?.accepted, true);
  assert.equal(said(result.status.conditions)['InsecureFrontendValidationMode'], 'True/ConfigurationChanged');
  assert.equal(
    result.diagnostics[0]?.field,
    'spec.tls.frontend.perPort[2].tls.validation.caCertificateRefs[0]',
  );
});

test('spec.tls.frontend: references that do not resolve', async (t) => {
  const cases: readonly {
    name: string;
    references: readonly object[];
    resolved: string;
    accepted: string;
  }[] = [
    {
      name: 'missing',
      references: [{ group: '', kind: 'ConfigMap', name: 'gone' }],
      resolved: 'False/InvalidCACertificateRef',
      accepted: 'False/NoValidCACertificate',
    },
    {
      name: 'of another kind',
      references: [{ group: '', kind: 'Service', name: 'web' }],
      resolved: 'False/InvalidCACertificateKind',
      accepted: 'False/NoValidCACertificate',
    },
    {
      name: 'without grant',
      references: [{ group: '', kind: 'ConfigMap', name: 'ca', namespace: 'certs' }],
      resolved: 'False/RefNotPermitted',
      accepted: 'False/NoValidCACertificate',
    },
    {
      name: 'one of two',
      references: [{ group: '', kind: 'ConfigMap', name: 'ca' }, {
        group: '',
        kind: 'ConfigMap',
        name: 'gone',
      }],
      resolved: 'False/InvalidCACertificateRef',
      accepted: 'True/Accepted',
    },
  ];
  for (const { name, references: caCertificateRefs, resolved, accepted } of cases) {
    await t.test(name, () => {
      const frontend = { default: { validation: { caCertificateRefs } } };
      const result = translated({ listeners: [https('https'), http], tls: { frontend } });
      const conditions = said(verdictOf(result, 'https').conditions);
      assert.deepEqual([conditions['ResolvedRefs'], conditions['Accepted']], [resolved, accepted]);
      assert.equal(verdictOf(result, 'https').listener !== undefined, accepted.startsWith('True'));
      assert.equal(verdictOf(result, 'http').listener, 'infra/web/80');
    });
  }
});

test('spec.tls.backend: the client certificate', async (t) => {
  const cases: readonly { name: string; reference: object; resolved: string }[] = [
    { name: 'a Secret', reference: { name: 'web' }, resolved: 'True/ResolvedRefs' },
    { name: 'a missing Secret', reference: { name: 'gone' }, resolved: 'False/InvalidClientCertificateRef' },
    {
      name: 'another group',
      reference: { name: 'web', group: 'example.com' },
      resolved: 'False/InvalidClientCertificateRef',
    },
    {
      name: 'another kind',
      reference: { name: 'web', kind: 'Other' },
      resolved: 'False/InvalidClientCertificateRef',
    },
    { name: 'an empty Secret', reference: { name: 'opaque' }, resolved: 'False/InvalidClientCertificateRef' },
    {
      name: 'a Secret without grant',
      reference: { name: 'web', namespace: 'certs' },
      resolved: 'False/RefNotPermitted',
    },
  ];
  for (const { name, reference: clientCertificateRef, resolved } of cases) {
    await t.test(name, () => {
      const result = translated({ listeners: [http], tls: { backend: { clientCertificateRef } } });
      const used = resolved.startsWith('True') ? 'certificate/infra/web' : undefined;
      assert.deepEqual(said(result.status.conditions), { Accepted: 'True/Accepted', ResolvedRefs: resolved });
      assert.equal(result.projections[0]?.clientCertificate, used);
      assert.deepEqual(result.secrets.map((use) => use.name), used === undefined ? [] : [used]);
      assert.equal(result.listeners.length, 1);
    });
  }
});
