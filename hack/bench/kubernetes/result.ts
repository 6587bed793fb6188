/** What `npm run bench -- --kubernetes` tells of one number of routes. Times are ms, memory is bytes. */

import type { Summary } from '../samples.ts';

export interface KubernetesScenario {
  /** Each on its own hostname, with its own Service and EndpointSlice. */
  readonly routes: number;
  /** Of each kind of change. */
  readonly samples: number;
}

/** From nothing to all routes. */
export interface LoadResult {
  /** From the first object sent to the last one answered. */
  readonly applying: number;
  /** From the last answer of the API server until every route was seen answering. */
  readonly served: number;
  /** From the same until every status was seen, and the Gateway's with all of its routes. */
  readonly statuses: number;
  /** Processor time of the controller for all of it. */
  readonly cpu: number;
}

export type KubernetesChange = 'route' | 'EndpointSlice' | 'new route' | 'moved route';

/** One kind of change, from the moment before its first object is sent unless told. */
export interface KubernetesChangeResult {
  readonly change: KubernetesChange;
  /** Until the API server has answered, to the last of several objects. */
  readonly applied: Summary;
  /** Until Envoy's first answer that shows it. */
  readonly served: Summary;
  /** Until the API server tells of the route's status; absent where none is to be written. */
  readonly status?: Summary;
  /** The same two from the moment when the API server has answered. */
  readonly sinceAnswer: { readonly served: Summary; readonly status?: Summary };
  /** Mean processor time of the controller for one change. */
  readonly cpu: number;
}

export interface RestartResult {
  /** From SIGKILL until Envoy answers by a route that is changed while the controller is down. */
  readonly served: Summary;
  /** From SIGKILL until the API server tells of that route's status. */
  readonly status: Summary;
}

/** What went on beside what was measured, in one part of the run. */
export interface PartResult {
  readonly part: string;
  /** Answers to constant load. */
  readonly answers: number;
  /** What was no 2xx, and ends of connections before an answer was complete. */
  readonly failures: Readonly<Record<string, number>>;
  /** Requests for a status of a Gateway or route that the API server granted. */
  readonly statusRequests: number;
  /** Statuses of Gateways and routes that changed. */
  readonly statusWrites: number;
  /** Requests after which a status was the same as before. */
  readonly identical: number;
  /** Statuses of one object that changed, at most. */
  readonly mostOfOne: number;
  /** Of the controller's graph. */
  readonly commits: number;
  /** Writes of the objects of the Gateway. */
  readonly infrastructure: number;
  /** The most that the controller had been resident with until the end of the part. */
  readonly peakMemory: number;
}

export interface KubernetesResult extends KubernetesScenario {
  readonly load: LoadResult;
  readonly changes: readonly KubernetesChangeResult[];
  /** From the start of a new Envoy until every route was seen answering. */
  readonly newProxy: Summary;
  readonly restart: RestartResult;
  /** The most that the controller was resident with. */
  readonly peakMemory: number;
  readonly parts: readonly PartResult[];
  /** Shares of all processors that others took meanwhile: other processes, and the host of a virtual machine. */
  readonly others: { readonly processes: number; readonly host: number };
  readonly envoyVersion: string;
}
