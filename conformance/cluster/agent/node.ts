import { setTimeout as sleep } from 'node:timers/promises';
import { KUBELET_PORT, NODE_ADDRESS, NODE_NAME, POD_RANGE } from '../addresses.ts';
import { type ApiClient, ApiError, MERGE_PATCH } from '../api-client.ts';
import { timestamp } from './container.ts';

const RESOURCES = { cpu: '64', memory: '64Gi', pods: '1000' };

/** Makes this node known, as ready. Resolves once the API server has it. */
export async function registerNode(client: ApiClient): Promise<void> {
  for (;;) {
    try {
      await client.request('/api/v1/nodes', { method: 'POST', body: node() });
      break;
    } catch (error) {
      if (error instanceof ApiError && error.code === 409) break;
      await sleep(100);
    }
  }
  await client.request(`/api/v1/nodes/${NODE_NAME}/status`, {
    method: 'PATCH',
    contentType: MERGE_PATCH,
    body: { status: status() },
  });
}

function node(): unknown {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: NODE_NAME,
      labels: { 'kubernetes.io/hostname': NODE_NAME, 'kubernetes.io/os': 'linux' },
    },
    spec: { podCIDR: POD_RANGE, podCIDRs: [POD_RANGE] },
  };
}

function status(): unknown {
  const now = timestamp();
  return {
    addresses: [{ type: 'InternalIP', address: NODE_ADDRESS }, { type: 'Hostname', address: NODE_NAME }],
    daemonEndpoints: { kubeletEndpoint: { Port: KUBELET_PORT } },
    capacity: RESOURCES,
    allocatable: RESOURCES,
    conditions: [{
      type: 'Ready',
      status: 'True',
      reason: 'AgentReady',
      message: 'the node agent runs',
      lastHeartbeatTime: now,
      lastTransitionTime: now,
    }],
  };
}
