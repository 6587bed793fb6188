import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';

/** Where one cluster keeps what outlives a process: credentials, logs and the id of the process that it all hangs on. */
export interface RunDirectory {
  readonly path: string;
  readonly kubeconfig: string;
  readonly credentials: string;
  readonly logs: string;
  /** Of the parts of the control plane, as they are inside the namespaces, by their names. */
  readonly pids: string;
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
    pids: join(path, 'pids'),
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

/** Notes the process that all of the cluster hangs on. */
export function writePid({ pid: file }: RunDirectory, pid: number): void {
  // There as a whole or not at all: without it in full, others take what is here for left by one that was killed.
  writeFileSync(`${file}.new`, `${pid} ${startOf(pid)}`);
  renameSync(`${file}.new`, file);
}

/** The process that all of the cluster hangs on, if it lives. Another that has got the same id since is not taken for it. */
export function livingPid({ pid: file }: RunDirectory): number | undefined {
  try {
    const [pid, start] = readFileSync(file, 'utf8').split(' ');
    return start === startOf(Number(pid)) ? Number(pid) : undefined;
  } catch {
    return undefined;
  }
}

/** When a living process started, in the kernel's ticks. Throws if it has ended. */
function startOf(pid: number): string | undefined {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name before may hold anything; what follows are the third field and on.
  const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (state === 'Z' || state === 'X') throw new Error(`the process ${pid} has ended`);
  return fields[18];
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
