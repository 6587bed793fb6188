/** Names, addresses and ports inside the benchmark's cluster, which has a network of its own. */

import type { Layout } from '../workload.ts';

/** Of the Gateway and of all that it leads to, as in ../workload.ts. */
export const NAMESPACE = 'bench';
export const GATEWAY = 'gateway';
export const LAYOUT: Layout = 'own-hostnames';

export const CONTROLLER_NAMESPACE = 'dragoman-system';

/** Of the Gateway's listener. */
export const LISTENER_PORT = 8080;
export const XDS_PORT = 18_000;
export const STATUS_PORT = 8_001;
