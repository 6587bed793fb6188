import { spawn } from 'node:child_process';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Component } from './components.ts';
import type { RunDirectory } from './run-directory.ts';

const RESTART_MS = 200;

export interface SuperviseOptions {
  readonly directory: Pick<RunDirectory, 'logs' | 'pids'>;
  /** Told each end of the process, and how many there were; it may end the whole process. */
  readonly ended: (name: string, times: number) => void;
}

/**
 * Keeps a component running, as whatever starts it on a real node does: tests end them on purpose. Logs go to `NAME.log`, and
 * the process's id to a file of its name.
 */
export function supervise(component: Component, options: SuperviseOptions): void {
  run(component, { ...options, times: 0 });
}

function run(
  component: Component,
  { directory, ended, times }: SuperviseOptions & { readonly times: number },
): void {
  const [command, ...args] = component.command;
  if (command === undefined) throw new Error(`${component.name} has no command`);
  const log = openSync(join(directory.logs, `${component.name}.log`), 'a');
  const child = spawn(command, args, { stdio: ['ignore', log, log] });
  closeSync(log);
  if (child.pid !== undefined) writeFileSync(join(directory.pids, component.name), String(child.pid));
  let told = false;
  const end = (why: string): void => {
    if (told) return;
    told = true;
    console.log(`[cluster] ${component.name} ended (${why})`);
    ended(component.name, times + 1);
    setTimeout(run, RESTART_MS, component, { directory, ended, times: times + 1 });
  };
  child.on('error', (error) => end(error.message));
  child.on('exit', (code, signal) => end(signal ?? `exit code ${code}`));
}
