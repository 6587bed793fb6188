/** Addresses inside a cluster's own network namespace; every cluster has the same. */

export const NODE_NAME = 'node1';
export const NODE_ADDRESS = '10.0.0.1';
export const API_SERVER_PORT = 6443;
export const KUBELET_PORT = 10250;

export const SERVICE_RANGE = '10.96.0.0/16';
/** What the Service `kubernetes` has: the first of the range. */
export const API_SERVICE_ADDRESS = '10.96.0.1';
export const DNS_SERVICE_ADDRESS = '10.96.0.10';

export const POD_RANGE = '10.244.0.0/16';
/** Every pod's gateway, which the node answers for. */
export const POD_GATEWAY = '10.244.0.1';

export const LOAD_BALANCER_RANGE = '10.200.0.0/16';
/** In the range, and given to no Service that does not ask for it. */
export const USABLE_ADDRESS = '10.200.255.1';
/** Of TEST-NET-1, outside the range. */
export const UNUSABLE_ADDRESS = '192.0.2.1';
