import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';

/** Where one cluster keeps what outlives a process: credentials, logs and the id of the process that it all hangs on. */
export interface RunDirectory {
  readonly path: string;
  readonly kubeconfig: string;
  readonly credentials: string;
  readonly logs: string;
  /** What the cluster said while it started. */
  readonly bootLog: string;
  /** Exists once the cluster is ready. */
  readonly ready: string;
  readonly pid: string;
  /** Mounted inside the cluster's namespaces only. */
  readonly volatile: string;
}

/** Names become directories. */
export const NAME_PATTERN: RegExp = /^[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?$/;

export function clustersDirectory(): string {
  return join(tmpdir(), `dragoman-${process.getuid?.()}`, 'clusters');
}

export function runDirectory(name: string): RunDirectory {
  return runDirectoryAt(join(clustersDirectory(), name));
}

export function runDirectoryAt(path: string): RunDirectory {
  return {
    path,
    kubeconfig: join(path, 'credentials', 'admin.kubeconfig'),
    credentials: join(path, 'credentials'),
    logs: join(path, 'logs'),
    bootLog: join(path, 'logs', 'boot.log'),
    ready: join(path, 'ready'),
    pid: join(path, 'pid'),
    volatile: join(path, 'volatile'),
  };
}

/** Names of all clusters that have a directory, whether they run or not. */
export function clusterNames(): string[] {
  try {
    return readdirSync(clustersDirectory()).sort();
  } catch {
    return [];
  }
}

/**
 * The process that all of the cluster hangs on, if it lives. Its command line names the directory, so another process that has
 * got the same id since is not taken for it.
 */
export function livingPid(directory: RunDirectory): number | undefined {
  try {
    const pid = Number(readFileSync(directory.pid, 'utf8'));
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    return command.includes(directory.path) ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** The first process inside the cluster's namespaces, by its id outside of them. */
export function innerPid(outer: number): number | undefined {
  try {
    const children = readFileSync(`/proc/${outer}/task/${outer}/children`, 'utf8').trim();
    return children === '' ? undefined : Number(children.split(' ')[0]);
  } catch {
    return undefined;
  }
}
