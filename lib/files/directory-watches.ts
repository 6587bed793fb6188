import { basename, join, sep } from 'node:path';

import type { FileProblem } from './problem.ts';
import { type DirectoryWatch, watchDirectory } from './watch-directory.ts';

export interface WatchEvents {
  /** Something happened to this entry of a directory; without a name, to any of them. */
  readonly onChange: (directory: string, name: string | undefined) => void;
  /** The system watches no more directories: changes must be looked for instead. */
  readonly onExhausted: () => void;
}

/** The system's watches of directories. An event is a hint to look; it proves nothing. */
export class DirectoryWatches {
  readonly #events: WatchEvents;
  readonly #watchers = new Map<string, DirectoryWatch>();
  #problem: FileProblem | undefined;

  constructor(events: WatchEvents) {
    this.#events = events;
  }

  get problem(): FileProblem | undefined {
    return this.#problem;
  }

  has(directory: string): boolean {
    return this.#watchers.has(directory);
  }

  add(directory: string): void {
    if (this.#watchers.has(directory)) return;
    try {
      const watcher = watchDirectory(directory, {
        onChange: (name) => this.#changed(directory, name),
        onError: () => this.#changed(directory, basename(directory)),
      });
      this.#watchers.set(directory, watcher);
    } catch (error) {
      // A directory that is gone or denied is reported by the scan.
      if (/ENOSPC|EMFILE|os error (28|24)\b/.test(String(error))) this.#exhausted(directory);
    }
  }

  /** Closes the watches of a directory and all below it. */
  drop(directory: string): void {
    for (const [path, watcher] of this.#watchers) {
      if (path !== directory && !path.startsWith(directory + sep)) continue;
      watcher.close();
      this.#watchers.delete(path);
    }
  }

  /** Closes all but these. */
  keep(directories: { has(directory: string): boolean }): void {
    for (const [path, watcher] of this.#watchers) {
      if (directories.has(path)) continue;
      watcher.close();
      this.#watchers.delete(path);
    }
  }

  close(): void {
    this.keep(new Set());
  }

  #changed(directory: string, name: string | undefined): void {
    // A watch follows what it was given when that is renamed, so the path needs a new one.
    if (name === basename(directory)) this.drop(directory);
    else if (name !== undefined && this.#watchers.has(join(directory, name))) {
      this.drop(join(directory, name));
    } else return this.#events.onChange(directory, name);
    this.#events.onChange(directory, undefined);
  }

  #exhausted(directory: string): void {
    if (this.#problem !== undefined) return;
    this.#problem = {
      severity: 'warning',
      file: directory,
      field: '',
      message:
        'cannot be watched: the system watches no more directories, so changes are seen up to 2 s later',
      expected: 'a larger fs.inotify.max_user_watches and fs.inotify.max_user_instances (sysctl)',
    };
    this.#events.onExhausted();
  }
}
