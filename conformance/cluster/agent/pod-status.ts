import { NODE_ADDRESS } from '../addresses.ts';
import type { ContainerRun } from './container.ts';
import type { PodSpec } from './pod.ts';

export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False';
  readonly lastTransitionTime: string;
}

export interface PodStatus {
  readonly phase: string;
  readonly conditions: readonly Condition[];
  readonly containerStatuses: readonly unknown[];
  readonly [field: string]: unknown;
}

export interface StatusOptions {
  readonly spec: PodSpec;
  readonly address: string;
  readonly startTime: string;
  /** None before volumes are there. */
  readonly runs: readonly ContainerRun[];
  /** Why it does not run, if it does not. */
  readonly message?: string | undefined;
  readonly now: string;
  readonly before: PodStatus | undefined;
}

/** A pod's status; times of conditions that have not changed stay as they were. */
export function podStatus(options: StatusOptions): PodStatus {
  const { spec, address, startTime, runs, message, now, before } = options;
  const ready = runs.length > 0 && runs.every((run) => run.ready);
  const condition = (type: string, holds: boolean): Condition => {
    const status = holds ? 'True' : 'False';
    const known = before?.conditions.find((it) => it.type === type);
    return known?.status === status ? known : { type, status, lastTransitionTime: now };
  };
  return {
    phase: phase(runs),
    // null takes a former one away.
    message: message ?? null,
    hostIP: NODE_ADDRESS,
    hostIPs: [{ ip: NODE_ADDRESS }],
    podIP: address,
    podIPs: [{ ip: address }],
    startTime,
    conditions: [
      condition('PodScheduled', true),
      condition('PodReadyToStartContainers', true),
      condition('Initialized', true),
      condition('ContainersReady', ready),
      condition('Ready', ready),
    ],
    containerStatuses: spec.containers.map(({ name, image }) => {
      const run = runs.find(({ container }) => container.name === name);
      return {
        name,
        image,
        imageID: image,
        // Tests find the process by it.
        ...(run?.pid === undefined ? {} : { containerID: `process://${run.pid}` }),
        ready: run?.ready ?? false,
        started: run?.pid !== undefined,
        restartCount: run?.restarts ?? 0,
        state: run?.state ?? { waiting: { reason: 'ContainerCreating', message: message ?? '' } },
        ...(run?.lastState === undefined ? {} : { lastState: run.lastState }),
      };
    }),
  };
}

function phase(runs: readonly ContainerRun[]): string {
  if (runs.length === 0) return 'Pending';
  const codes = runs.map(({ exitCode }) => exitCode);
  if (codes.every((code) => code !== undefined)) {
    return codes.every((code) => code === 0) ? 'Succeeded' : 'Failed';
  }
  return runs.some((run) => run.pid !== undefined || run.restarts > 0) ? 'Running' : 'Pending';
}
