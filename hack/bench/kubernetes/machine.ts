import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** Processor time, in ticks of the kernel, and the moment. */
interface Usage {
  readonly at: number;
  readonly busy: number;
  readonly stolen: number;
  readonly own: number;
}

/** Ticks a second, on every Linux that Node runs on. */
const TICKS = 100;

/** How busy others keep the processors while something is measured in a process namespace of its own. */
export class Machine {
  readonly #before: Usage = usage();

  /** Shares of all processors since this was made: of processes outside of the namespace, and of what a host took away. */
  others(): { readonly processes: number; readonly host: number } {
    const before = this.#before;
    const after = usage();
    const all = (after.at - before.at) / 1_000 * TICKS * availableParallelism();
    const processes = after.busy - before.busy - (after.own - before.own);
    return { processes: Math.max(0, processes / all), host: (after.stolen - before.stolen) / all };
  }
}

function usage(): Usage {
  const [user = 0, nice = 0, system = 0, , , interrupts = 0, soft = 0, stolen = 0] =
    /^cpu +(.*)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1]?.split(' ').map(Number) ?? [];
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return {
    at: performance.now(),
    busy: user + nice + system + interrupts + soft,
    stolen,
    own: processes.reduce((sum, process) => sum + ticksOf(process), 0),
  };
}

/** User and system time of a process, and of its children that have ended. */
function ticksOf(process: string): number {
  try {
    const stat = readFileSync(`/proc/${process}/stat`, 'utf8');
    // The name before may hold anything; what follows are the third field and on.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0);
  } catch {
    // It has just ended.
    return 0;
  }
}
