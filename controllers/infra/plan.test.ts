import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { GatewayParametersSpec } from '../../lib/api/gateway-parameters.ts';
import { type AnyObject, decode } from '../../lib/api/mod.ts';
import {
  gatewayClassOf,
  gatewayOf,
  http,
  listenerSetOf,
  parametersOf,
  reference,
  standalone,
} from '../gateway/testing/world.ts';
import { createDataflow, type Dataflow } from '../graph.ts';
import type { KubernetesSettings, Settings } from '../settings.ts';
import type { Manifest } from './manifest.ts';

const kubernetes: KubernetesSettings = {
  namespace: 'dragoman-system',
  envoyImage: 'envoy:test',
  bind: '0.0.0.0',
  xds: { host: '10.96.0.17', port: 18_000 },
  drainKey: 'key',
};

function start(settings: Partial<Settings> = {}): Dataflow {
  const dataflow = createDataflow({ ...standalone, mode: 'kubernetes', kubernetes, ...settings }, {
    onFault: ({ error, reason }) => {
      throw error ?? new Error(reason);
    },
  });
  dataflow.objects.GatewayClass.set(gatewayClassOf('dragoman'));
  return dataflow;
}

/** What Gateway `infra/web` gets, by kind. */
function objectsOf({ infra }: Dataflow): Readonly<Record<string, Manifest>> {
  return Object.fromEntries(infra.values().map(({ manifest }) => [manifest.kind, manifest]));
}

/** What a Gateway with parameters gets, by kind. */
function madeWith(
  parameters: GatewayParametersSpec,
  { settings, ...spec }: { readonly settings?: Partial<Settings>; readonly addresses?: readonly object[] } =
    {},
): Readonly<Record<string, Manifest>> {
  const dataflow = start(settings);
  dataflow.objects.GatewayParameters.set(parametersOf('mine', parameters));
  const infrastructure = { parametersRef: reference('mine') };
  dataflow.objects.Gateway.set(gatewayOf('web', { listeners: [http], infrastructure, ...spec }));
  dataflow.graph.commit();
  return objectsOf(dataflow);
}

/** A field of a manifest by its path, such as `spec.ports.0.name`. */
function at(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>(
    (inner, name) => (inner as Readonly<Record<string, unknown>> | undefined)?.[name],
    value,
  );
}

const CONTAINER = 'spec.template.spec.containers.0';

function bootstrapOf(objects: Readonly<Record<string, Manifest>>): unknown {
  const data = objects['ConfigMap']?.['data'];
  assert.ok(typeof data === 'object' && data !== null && 'bootstrap.json' in data);
  return JSON.parse(String(data['bootstrap.json']));
}

test('without settings for Kubernetes nothing is made', () => {
  const { graph, objects, infra, infraPlans } = createDataflow(standalone);
  objects.GatewayClass.set(gatewayClassOf('dragoman'));
  objects.Gateway.set(gatewayOf('web', { listeners: [http] }));
  graph.commit();
  assert.equal(infra.size + infraPlans.size, 0);
});

test('ports of the Service are those of all listeners that are accepted, of ListenerSets too', () => {
  const dataflow = start();
  const listeners = [
    { ...http, port: 8080 },
    { ...http, name: 'same-port', port: 8080, hostname: 'a.example.com' },
    { name: 'tls', port: 443, protocol: 'HTTPS', tls: { certificateRefs: [{ name: 'not-yet' }] } },
    { ...http, name: 'reserved', port: 19_001 },
  ];
  const allowedListeners = { namespaces: { from: 'Same' } };
  dataflow.objects.Gateway.set(gatewayOf('web', { listeners, allowedListeners }));
  dataflow.objects.ListenerSet.set(listenerSetOf('more', [http]));
  dataflow.graph.commit();
  const ports = at(objectsOf(dataflow)['Service'], 'spec.ports') as readonly { name: string }[];
  assert.deepEqual(ports.map(({ name }) => name), ['tcp-80', 'tcp-443', 'tcp-8080']);
});

test('a change of parameters that proxies read at their start makes new Pods, another does not', () => {
  const hashOf = (spec: GatewayParametersSpec): unknown => {
    const annotations = at(madeWith(spec)['Deployment'], 'spec.template.metadata.annotations');
    return (annotations as Readonly<Record<string, string>>)['dragoman.dev/bootstrap-hash'];
  };
  assert.notEqual(hashOf({}), undefined);
  assert.equal(hashOf({ replicas: 7, service: { type: 'NodePort' } }), hashOf({}));
  assert.notEqual(hashOf({ maxConnections: 7 }), hashOf({}));
  assert.notEqual(hashOf({ drain: { max: '70s' } }), hashOf({}));
});

test('limits of memory and CPU are limits of Envoy', () => {
  const objects = madeWith({ resources: { limits: { memory: '1Gi', cpu: '1500m' } } });
  const deployment = objects['Deployment'];
  const monitors = at(bootstrapOf(objects), 'overloadManager.resourceMonitors') as readonly unknown[];
  assert.equal(at(monitors[1], 'typedConfig.maxHeapSizeBytes'), String(Math.floor(0.9 * 2 ** 30)));
  const args = at(deployment, `${CONTAINER}.args`) as readonly string[];
  assert.equal(args[args.indexOf('--concurrency') + 1], '2');
  assert.deepEqual(at(deployment, `${CONTAINER}.resources`), {
    requests: {},
    limits: { memory: '1Gi', cpu: '1500m' },
  });
  assert.ok(!(at(madeWith({})['Deployment'], `${CONTAINER}.args`) as string[]).includes('--concurrency'));
  const some = madeWith({ resources: { requests: { cpu: 2 } }, concurrency: 3 })['Deployment'];
  assert.deepEqual(at(some, `${CONTAINER}.resources`), { requests: { cpu: 2, memory: '256Mi' } });
  assert.ok((at(some, `${CONTAINER}.args`) as string[]).includes('3'));
});

test('Pods are given the time of the longest drain and some more', () => {
  const graceOf = (drain: GatewayParametersSpec['drain']): unknown => {
    const objects = madeWith({ drain });
    const listeners = at(bootstrapOf(objects), 'staticResources.listeners') as readonly unknown[];
    const routes = 'filterChains.0.filters.0.typedConfig.routeConfig.virtualHosts.0.routes.3';
    const bounds = at(listeners[0], `${routes}.metadata.filterMetadata`);
    const { min_ms, max_ms } = (bounds as Record<string, Record<string, number>>)['envoy.filters.http.lua'] ??
      {};
    return [min_ms, max_ms, at(objects['Deployment'], 'spec.template.spec.terminationGracePeriodSeconds')];
  };
  assert.deepEqual(graceOf(undefined), [5_000, 60_000, 75]);
  assert.deepEqual(graceOf({ max: '1500ms' }), [1_500, 1_500, 17]);
  assert.deepEqual(graceOf({ min: '2m' }), [120_000, 120_000, 135]);
  assert.deepEqual(graceOf({ min: '0s', max: '0s' }), [0, 0, 15]);
});

test('the token of a drain is the same in the hook and the bootstrap, and each Gateway and installation has its own', () => {
  const tokenOf = (uid: string, drainKey = 'key'): string => {
    const dataflow = start({ kubernetes: { ...kubernetes, drainKey } });
    const gateway = gatewayOf('web', { listeners: [http] });
    dataflow.objects.Gateway.set({ ...gateway, metadata: { ...gateway.metadata, uid } });
    dataflow.graph.commit();
    const objects = objectsOf(dataflow);
    const token = at(objects['Deployment'], `${CONTAINER}.lifecycle.preStop.httpGet.httpHeaders.0.value`);
    assert.ok(typeof token === 'string' && /^[0-9a-f]{32}$/.test(token));
    assert.ok(JSON.stringify(bootstrapOf(objects)).includes(`"exact":"${token}"`));
    return token;
  };
  assert.equal(tokenOf('a'), tokenOf('a'));
  assert.equal(new Set([tokenOf('a'), tokenOf('b'), tokenOf('a', 'other')]).size, 3);
});

test('an autoscaler decides the number of proxies, which nothing here says then', () => {
  const none = madeWith({ replicas: 3 });
  assert.equal(at(none['Deployment'], 'spec.replicas'), 3);
  assert.equal(none['HorizontalPodAutoscaler'], undefined);
  const scaled = madeWith({ replicas: 3, horizontalPodAutoscaler: { minReplicas: 1, maxReplicas: 4 } });
  assert.equal(at(scaled['Deployment'], 'spec.replicas'), undefined);
  assert.equal(
    at(scaled['HorizontalPodAutoscaler'], 'spec.metrics.0.resource.target.averageUtilization'),
    80,
  );
  assert.equal(at(scaled['HorizontalPodAutoscaler'], 'spec.scaleTargetRef.name'), 'web-dragoman');
  const byMemory = madeWith({ horizontalPodAutoscaler: { maxReplicas: 4, targetMemoryUtilization: 60 } });
  const metrics = at(byMemory['HorizontalPodAutoscaler'], 'spec.metrics') as readonly unknown[];
  assert.deepEqual(metrics.map((metric) => at(metric, 'resource.name')), ['memory']);
});

test('an autoscaled Deployment leaves its replicas to others', () => {
  const leaves = (parameters: GatewayParametersSpec): unknown => {
    const dataflow = start();
    dataflow.objects.GatewayParameters.set(parametersOf('mine', parameters));
    const infrastructure = { parametersRef: reference('mine') };
    dataflow.objects.Gateway.set(gatewayOf('web', { listeners: [http], infrastructure }));
    dataflow.graph.commit();
    return dataflow.infra.get('Deployment/infra/web-dragoman')?.leaves;
  };
  assert.equal(leaves({}), undefined);
  assert.deepEqual(leaves({ horizontalPodAutoscaler: { maxReplicas: 2 } }), ['spec.replicas']);
});

test('several proxies are disrupted one at a time, unless told', () => {
  const budget = (parameters: GatewayParametersSpec): unknown =>
    madeWith(parameters)['PodDisruptionBudget']?.['spec'];
  assert.equal(budget({}), undefined);
  assert.equal(budget({ horizontalPodAutoscaler: { maxReplicas: 1 } }), undefined);
  assert.equal(at(budget({ replicas: 2 }), 'maxUnavailable'), 1);
  assert.equal(at(budget({ horizontalPodAutoscaler: { maxReplicas: 2 } }), 'maxUnavailable'), 1);
  assert.equal(at(budget({ podDisruptionBudget: { minAvailable: 1 } }), 'minAvailable'), 1);
  assert.equal(at(budget({ podDisruptionBudget: { minAvailable: 1 } }), 'maxUnavailable'), undefined);
});

test('the Service has what its type may have, and the address that the Gateway asks for', () => {
  const addresses = [{ type: 'Hostname', value: 'a.example.com' }, { value: '192.0.2.1' }];
  const all = {
    externalTrafficPolicy: 'Local',
    loadBalancerClass: 'example.com/lb',
    loadBalancerSourceRanges: ['192.0.2.0/24'],
  } as const;
  const fields = (type: 'LoadBalancer' | 'ClusterIP' | 'NodePort'): readonly string[] =>
    Object.keys(madeWith({ service: { ...all, type } }, { addresses })['Service']?.['spec'] ?? {}).sort();
  const common = ['ports', 'selector', 'type'];
  assert.deepEqual(fields('LoadBalancer'), [...Object.keys(all), 'loadBalancerIP', ...common].sort());
  assert.deepEqual(fields('NodePort'), ['externalTrafficPolicy', ...common]);
  assert.deepEqual(fields('ClusterIP'), ['clusterIP', ...common]);
  const both = [{ value: '192.0.2.1' }, { value: '192.0.2.2' }];
  assert.equal(at(madeWith({}, { addresses: both })['Service'], 'spec.loadBalancerIP'), '192.0.2.1');
});

test('proxies find the xDS server at the address of its Service, wherever that is', () => {
  const dataflow = start({ kubernetes: { ...kubernetes, xds: { port: 18_000 } } });
  dataflow.objects.Gateway.set(gatewayOf('web', { listeners: [http] }));
  dataflow.graph.commit();
  assert.deepEqual(dataflow.infraPlans.get('Gateway/infra/web')?.objects, []);
  assert.equal(dataflow.infraPlans.get('Gateway/infra/web')?.kept, true);
  const diagnostics = (): readonly (string | undefined)[] =>
    (dataflow.diagnostics.get('Gateway/infra/web')?.diagnostics ?? []).map(({ code }) => code);
  assert.deepEqual(diagnostics(), ['NoXdsServer']);
  const hosts = [undefined, 'None', '10.96.0.99', 'fd00::17'].map((clusterIP) => {
    dataflow.objects.Service.set(serviceOf(clusterIP));
    dataflow.graph.commit();
    const [cluster] = at(bootstrapOf(objectsOf(dataflow)), 'staticResources.clusters') as readonly unknown[];
    const address = 'loadAssignment.endpoints.0.lbEndpoints.0.endpoint.address.socketAddress.address';
    assert.equal(
      at(cluster, 'transportSocket.typedConfig.sni'),
      'dragoman-xds.dragoman-system.svc',
    );
    return [at(cluster, 'type'), at(cluster, address)];
  });
  assert.deepEqual(hosts, [
    ['STRICT_DNS', 'dragoman-xds.dragoman-system.svc'],
    ['STRICT_DNS', 'dragoman-xds.dragoman-system.svc'],
    ['STATIC', '10.96.0.99'],
    ['STATIC', 'fd00::17'],
  ]);
  assert.deepEqual(diagnostics(), []);
});

function serviceOf(
  clusterIP: string | undefined,
  metadata = { name: 'dragoman-xds', namespace: 'dragoman-system' },
): Extract<AnyObject, { kind: 'Service' }> {
  const { object } = decode({
    apiVersion: 'v1',
    kind: 'Service',
    metadata,
    spec: { ...(clusterIP === undefined ? {} : { clusterIP }), ports: [{ port: 18_000 }] },
  });
  assert.ok(object?.kind === 'Service');
  return object;
}

test('addresses inside the cluster are those of the Service, which gets a load balancer only for others', () => {
  const cluster = { type: 'IPAddress', routability: 'Cluster' };
  const spec = (addresses: readonly object[], type?: 'NodePort'): unknown => {
    const service = madeWith(type === undefined ? {} : { service: { type } }, { addresses })['Service'];
    return ['type', 'loadBalancerIP', 'clusterIP'].map((name) => at(service, `spec.${name}`));
  };
  assert.deepEqual(spec([cluster]), ['ClusterIP', undefined, undefined]);
  assert.deepEqual(spec([cluster], 'NodePort'), ['ClusterIP', undefined, undefined]);
  assert.deepEqual(spec([{ type: 'IPAddress', routability: 'example.com/vpc' }]), [
    'ClusterIP',
    undefined,
    undefined,
  ]);
  assert.deepEqual(spec([cluster, { type: 'IPAddress' }]), ['LoadBalancer', undefined, undefined]);
  assert.deepEqual(spec([cluster, { type: 'IPAddress' }], 'NodePort'), ['NodePort', undefined, undefined]);
  const own = { value: '10.96.0.7', routability: 'Cluster' };
  assert.deepEqual(spec([own]), ['ClusterIP', undefined, '10.96.0.7']);
  assert.deepEqual(spec([own, { value: '192.0.2.1' }]), ['LoadBalancer', '192.0.2.1', '10.96.0.7']);
});

test('a Service that is there keeps its address, whatever is asked for', () => {
  const dataflow = start();
  const { graph, objects } = dataflow;
  const addresses = [{ value: '10.96.0.7', routability: 'Cluster' }];
  objects.Gateway.set(gatewayOf('web', { listeners: [http], addresses }));
  const own = { name: 'web-dragoman', namespace: 'infra' };
  const clusterIP = (): unknown => at(objectsOf(dataflow)['Service'], 'spec.clusterIP');
  graph.commit();
  assert.equal(clusterIP(), '10.96.0.7');
  objects.Service.set(serviceOf('10.96.0.9', own));
  graph.commit();
  assert.equal(clusterIP(), undefined);
  objects.Service.set(serviceOf('10.96.0.7', own));
  graph.commit();
  assert.equal(clusterIP(), '10.96.0.7');
});

test('parameters that vanish change nothing about what is there, and come into effect again with their return', () => {
  const dataflow = start();
  const { graph, objects, infra, infraPlans } = dataflow;
  const infrastructure = { parametersRef: reference('mine') };
  objects.GatewayParameters.set(parametersOf('mine', { replicas: 2 }));
  objects.Gateway.set(gatewayOf('web', { listeners: [http], infrastructure }));
  graph.commit();
  const before = infra.values();
  assert.equal(before.length, 5);
  objects.GatewayParameters.delete('infra/mine');
  graph.commit();
  assert.equal(infra.size, 0);
  assert.deepEqual(infraPlans.get('Gateway/infra/web')?.kept, true);
  objects.GatewayParameters.set(parametersOf('mine', { replicas: 2 }));
  graph.commit();
  assert.deepEqual(infra.values(), before);
});

test('a Gateway that changes to the class of others has no plan, and one that changes its class other objects', () => {
  const { graph, objects, infra, infraPlans } = start();
  objects.GatewayClass.set(gatewayClassOf('internal'));
  objects.GatewayClass.set(gatewayClassOf('others', { controllerName: 'example.com/other' }));
  objects.Gateway.set(gatewayOf('web', { listeners: [http] }));
  graph.commit();
  assert.ok(infra.get('Deployment/infra/web-dragoman'));
  objects.Gateway.set(gatewayOf('web', { listeners: [http], gatewayClassName: 'internal' }));
  graph.commit();
  assert.deepEqual([...new Set(infra.values().map(({ manifest }) => manifest.metadata.name))], [
    'web-internal',
  ]);
  objects.Gateway.set(gatewayOf('web', { listeners: [http], gatewayClassName: 'others' }));
  graph.commit();
  assert.equal(infraPlans.size, 0);
});
