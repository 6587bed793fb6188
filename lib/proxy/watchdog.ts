import { type ChildProcess, spawn } from 'node:child_process';

/**
 * Runs its arguments as a child and obeys its standard input: each line names a signal to pass on; its end means that the
 * controller is gone, however it died, and then the child goes too and the directory given first is removed. The shell
 * holds its child unreaped until the end, so no signal can reach a stranger that inherited the process id. A gateway needs
 * all the file descriptors that it may have.
 */
const SCRIPT = `
directory=$1
shift
ulimit -S -n "$(ulimit -H -n)" 2>/dev/null
exec 3<&0
"$@" 3<&- </dev/null &
child=$!
(
  while read -r signal; do kill -s "$signal" "$child"; done
  : >"$directory/orphaned"
  kill -s TERM "$child"
  sleep 1
  kill -s KILL "$child"
) <&3 >/dev/null 2>&1 &
watcher=$!
exec 3<&-
wait "$child"
status=$?
kill "$watcher" 2>/dev/null
if [ -e "$directory/orphaned" ]; then rm -rf -- "$directory"; fi
exit "$status"
`;

/** A child process that cannot outlive this one, not even if this one is killed without notice. */
export interface Guarded {
  readonly child: ChildProcess;
  /** Passes a signal on; nothing happens if the process is gone. */
  signal(name: 'TERM' | 'KILL'): void;
}

/** `directory` is removed if this process dies first. Exit codes above 128 are 128 plus the signal that ended the child. */
export function spawnGuarded(command: readonly string[], options: { readonly directory: string }): Guarded {
  const child = spawn('/bin/sh', ['-c', SCRIPT, 'dragoman-watchdog', options.directory, ...command], {
    stdio: ['pipe', 'pipe', 'pipe'],
    // A session of its own: Ctrl-C in the terminal is for the controller, which then drains.
    detached: true,
  });
  // The pipe breaks when the process ends between two signals; the exit is reported by the child's own event.
  child.stdin.on('error', () => {});
  return { child, signal: (name) => void child.stdin.write(`${name}\n`) };
}
