// One progress line a step, on stderr, so that a command's own output stays clean.
import { spawn } from 'node:child_process';

/** An error whose message is all the user needs: no stack trace. */
export class SetupError extends Error {}

/** Says what is being done while it is done, and how long it took. */
export async function step(label, work) {
  const started = performance.now();
  process.stderr.write(`[setup] ${label} ... `);
  try {
    const result = await work();
    process.stderr.write(`done in ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
    return result;
  } catch (error) {
    process.stderr.write('failed\n');
    throw error;
  }
}

/** Runs quietly. `code` is null if the program could not be started; `error` then says why. */
export function capture(command, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk) => output += chunk);
    child.stderr.on('data', (chunk) => output += chunk);
    child.on('error', (error) => resolve({ code: null, output, error }));
    child.on(
      'close',
      (code, signal) => resolve({ code: code ?? 1, output: signal ? `${output}\n(${signal})` : output }),
    );
  });
}

/** Runs in the foreground, passes signals on, and resolves to the exit code as a shell would report it. */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit', ...options });
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'];
    const forward = (signal) => {
      // A terminal sends SIGINT to the whole group itself; twice would mean "stop at once" to the child.
      if (signal === 'SIGINT' && process.stdin.isTTY) return;
      try {
        // Not child.kill(): after it, Deno reports the signal instead of the exit code.
        process.kill(child.pid, signal);
      } catch {
        // It has just ended.
      }
    };
    for (const signal of signals) process.on(signal, forward);
    // npm ends at once when it is told to stop, and tells nobody.
    const parent = process.ppid;
    const watch = setInterval(() => process.ppid !== parent && forward('SIGTERM'), 250);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearInterval(watch);
      for (const name of signals) process.off(name, forward);
      resolve(code ?? 128 + (SIGNAL_NUMBERS[signal] ?? 1));
    });
  });
}

const SIGNAL_NUMBERS = { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGABRT: 6, SIGKILL: 9, SIGSEGV: 11, SIGTERM: 15 };
