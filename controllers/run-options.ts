/** What Kubernetes mode is told at its start. */

import { isIPv6 } from 'node:net';

import type { LegacySettings } from '../lib/api/legacy/mod.ts';
import type { KubeApi } from '../lib/kube/mod.ts';
import type { Logger } from '../lib/telemetry/log.ts';
import type { KubernetesSettings, LegacyProxies, Settings } from './settings.ts';

export interface KubernetesOptions {
  readonly api: KubeApi;
  /** The controller's own. */
  readonly namespace: string;
  /** Unlike that of any other living replica, and the same after a restart: the Pod's name. */
  readonly identity: string;
  /** Where other replicas reach this one; without it they cannot tell it what their proxies run. */
  readonly podIp?: string;
  readonly statusAddress: Address;
  /** Where proxies and other replicas are served. */
  readonly xdsAddress: Address;
  /** What proxies are told instead of the Service `dragoman-xds`. */
  readonly xdsHost?: string;
  readonly envoyImage: string;
  readonly legacy?: LegacySettings;
  /** Absent: the resources of `getambassador.io` are left to others. */
  readonly legacyProxies?: LegacyProxies;
  /** See `Settings`. */
  readonly legacyLua?: boolean;
  readonly accessLog?: boolean;
  /** False: this is the only replica there will ever be. */
  readonly leaderElect: boolean;
  readonly log: Logger;
  readonly version: string;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** What the graph is told of it. */
export function settingsOf(options: KubernetesOptions, drainKey: string): Settings {
  const { namespace, envoyImage, podIp = '', xdsHost, xdsAddress, accessLog = false } = options;
  const { legacy, legacyProxies, legacyLua = false } = options;
  const kubernetes: KubernetesSettings = {
    namespace,
    envoyImage,
    bind: isIPv6(podIp) ? '::' : '0.0.0.0',
    xds: { ...(xdsHost === undefined ? {} : { host: xdsHost }), port: xdsAddress.port },
    drainKey,
    ...(legacyProxies === undefined ? {} : { legacy: legacyProxies }),
  };
  return {
    mode: 'kubernetes',
    bind: kubernetes.bind,
    privilegedPortShift: 0,
    allowLocalBackends: false,
    accessLog,
    ...(legacy === undefined ? {} : { legacy }),
    ...(legacyLua ? { legacyLua } : {}),
    kubernetes,
  };
}

export function hostPort(host: string, port: number): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}
