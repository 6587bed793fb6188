import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { XDS_SERVICE } from '../../controllers/infra/xds-server.ts';
import { CONTROLLER_NAME } from '../../controllers/settings.ts';
import { decode } from '../../lib/api/mod.ts';
import { ownVersion } from '../../lib/cli/version.ts';
import { installedObjects, kustomizedFiles, type Manifest, MANIFESTS } from './objects.ts';
import { clusterRights, givenBy, namespaceRights, type PolicyRule } from './rights.ts';

const NAMESPACE = 'dragoman-system';
/** Kinds of these manifests that have no namespace. */
const CLUSTER_WIDE = new Set([
  'Namespace',
  'CustomResourceDefinition',
  'ClusterRole',
  'ClusterRoleBinding',
  'GatewayClass',
]);

const objects = installedObjects();

test('the kustomization names every file', () => {
  const folder = join(MANIFESTS, 'install');
  const named = new Set(kustomizedFiles(folder));
  for (const place of [folder, join(MANIFESTS, 'crds')]) {
    for (const name of readdirSync(place).filter((name) => name !== 'kustomization.yaml')) {
      assert.ok(named.has(join(place, name)), name);
    }
  }
});

test('everything is in the one namespace, under the one name of the installation', () => {
  for (const { kind, metadata: { name, namespace, labels } } of objects) {
    assert.equal(namespace, CLUSTER_WIDE.has(kind) ? undefined : NAMESPACE, `${kind} ${name}`);
    if (kind === 'CustomResourceDefinition') continue;
    assert.match(name, /^dragoman(-(system|xds|status))?$/, kind);
    // `app.kubernetes.io/managed-by: dragoman` is for what the controller makes, which looks for what else has it.
    assert.deepEqual(
      Object.entries(labels ?? {}).filter(([key]) => key.startsWith('app.')),
      [['app.kubernetes.io/name', 'dragoman']],
      `${kind} ${name}`,
    );
  }
});

test('the controller may do what its code does, and nothing else', () => {
  assert.deepEqual(givenBy(find('ClusterRole').rules), clusterRights());
  assert.deepEqual(givenBy(find('Role').rules), namespaceRights());
  for (const kind of ['ClusterRole', 'Role'] as const) {
    const { roleRef, subjects } = find(`${kind}Binding`);
    assert.deepEqual(roleRef, { apiGroup: 'rbac.authorization.k8s.io', kind, name: 'dragoman' });
    assert.deepEqual(subjects, [{ kind: 'ServiceAccount', name: 'dragoman', namespace: NAMESPACE }]);
  }
});

test('the controller runs without rights on its node', () => {
  const { template: { spec } } = find('Deployment').spec;
  assert.deepEqual(spec.securityContext, {
    runAsNonRoot: true,
    runAsUser: 65_532,
    runAsGroup: 65_532,
    seccompProfile: { type: 'RuntimeDefault' },
  });
  for (const { securityContext } of spec.containers) {
    assert.deepEqual(securityContext, {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      readOnlyRootFilesystem: true,
    });
  }
  for (const field of ['hostNetwork', 'hostPID', 'hostIPC', 'volumes', 'initContainers']) {
    assert.equal(field in spec, false, field);
  }
  // The token is for the Pod that asks for it.
  assert.equal(spec['automountServiceAccountToken'], true);
  assert.equal(find('ServiceAccount')['automountServiceAccountToken'], false);
  const { labels = {} } = find('Namespace').metadata;
  assert.equal(labels['pod-security.kubernetes.io/enforce'], 'restricted');
});

test('the Pods are found by what selects them, and their ports by name', () => {
  const { replicas, selector, template } = find('Deployment').spec;
  assert.equal(replicas, 2);
  assert.deepEqual(selector.matchLabels, template.metadata.labels);
  assert.deepEqual(find('PodDisruptionBudget').spec.selector, selector);
  const [container, ...others] = template.spec.containers;
  assert.ok(container !== undefined && others.length === 0);
  const ports = new Map(container.ports.map(({ name, containerPort }) => [name, containerPort]));
  assert.deepEqual(Object.fromEntries(ports), { xds: 18_000, status: 8_001 });
  for (const name of [XDS_SERVICE, 'dragoman-status']) {
    const { spec } = find('Service', name);
    assert.deepEqual(spec.selector, template.metadata.labels);
    for (const { port, targetPort } of spec.ports) assert.equal(ports.get(targetPort), port, name);
  }
  // Proxies are sent to replicas that have a configuration for them, scrapes to all.
  assert.equal(find('Service', XDS_SERVICE).spec.publishNotReadyAddresses, false);
  assert.equal(find('Service', 'dragoman-status').spec.publishNotReadyAddresses, true);
});

test('the image is that of this version', () => {
  const { containers } = find('Deployment').spec.template.spec;
  assert.deepEqual(containers.map(({ image }) => image), [`ghcr.io/dragoman/dragoman:${ownVersion()}`]);
});

test('the class is one that the controller takes', () => {
  const { object, problems } = decode(find('GatewayClass'));
  assert.deepEqual(problems, []);
  assert.ok(object?.kind === 'GatewayClass');
  assert.equal(object.spec.controllerName, CONTROLLER_NAME);
});

interface Rules extends Manifest {
  readonly rules: readonly PolicyRule[];
}

interface Binding extends Manifest {
  readonly roleRef: unknown;
  readonly subjects: unknown;
}

interface Deployment extends Manifest {
  readonly spec: {
    readonly replicas: number;
    readonly selector: { readonly matchLabels: unknown };
    readonly template: {
      readonly metadata: { readonly labels: unknown };
      readonly spec: PodSpec;
    };
  };
}

interface PodSpec {
  readonly securityContext: unknown;
  readonly containers: readonly {
    readonly image: string;
    readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
    readonly securityContext: unknown;
  }[];
  readonly [field: string]: unknown;
}

interface Budget extends Manifest {
  readonly spec: { readonly selector: unknown };
}

interface Service extends Manifest {
  readonly spec: {
    readonly selector: unknown;
    readonly publishNotReadyAddresses: boolean;
    readonly ports: readonly { readonly port: number; readonly targetPort: string }[];
  };
}

/** What of each kind is asked for. */
interface Kinds {
  readonly ClusterRole: Rules;
  readonly Role: Rules;
  readonly ClusterRoleBinding: Binding;
  readonly RoleBinding: Binding;
  readonly Deployment: Deployment;
  readonly PodDisruptionBudget: Budget;
  readonly Service: Service;
  readonly Namespace: Manifest;
  readonly ServiceAccount: Manifest;
  readonly GatewayClass: Manifest;
}

function find<K extends keyof Kinds>(kind: K, name?: string): Kinds[K] {
  const found = objects.find((it) => it.kind === kind && (name === undefined || it.metadata.name === name));
  assert.ok(found !== undefined, `${kind} ${name ?? ''}`);
  return found as Kinds[K];
}
