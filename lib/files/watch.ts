import { lstat, stat } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';

import type { Unreadable } from '../api/mod.ts';
import { Catalog, type FileState, type ObjectChange } from './catalog.ts';
import { DirectoryWatches } from './directory-watches.ts';
import { type Folder, folderOf, isFolder, loadFolder, type LoadOptions } from './folder.ts';
import { looksUnfinished } from './manifest-file.ts';
import { type FileProblem, FolderError } from './problem.ts';
import { eachFile, type Reading, readManifestFile } from './read-file.ts';
import { type DirectoryRole, isHidden, isManifestName, scan, stampOf } from './scan.ts';

/** What one look at the folder brought; apply all of it at once. */
export interface Update {
  /** At most one an object. May be empty where only problems changed. */
  readonly changes: readonly ObjectChange[];
  /** All objects that cannot be decoded as they are written now. */
  readonly unreadable: readonly Unreadable[];
  /** When the first of them was noticed, ms since the epoch. */
  readonly since: number;
}

export interface WatchOptions extends LoadOptions {
  /** A save that looks unfinished counts only once the file has been still for so long, ms; 100 unless told. */
  readonly settleMs?: number;
  /** First called with every object, before `watchFolder` resolves. */
  readonly onUpdate: (update: Update) => void;
}

export interface WatchedFolder extends Folder {
  close(): void;
}

/** How often to look where the system cannot tell. */
const pollMs = 2000;
const missingRootMs = 500;

/**
 * Follows a folder, or one file; standard input (`-`) is read once. A save that is complete is taken at once; one that
 * looks unfinished, such as an emptied file, waits until it is still. Throws a `FolderError` as `loadFolder` does.
 */
export async function watchFolder(path: string, options: WatchOptions): Promise<WatchedFolder> {
  if (path === '-') {
    const since = now();
    const folder = await loadFolder(path, options);
    const changes = folder.objects().flatMap((object): ObjectChange[] => {
      const source = folder.sourceOf(object.kind, object.key);
      return source === undefined ? [] : [{ set: object, source }];
    });
    options.onUpdate({ changes, unreadable: folder.unreadable(), since });
    return { ...folder, close: () => {} };
  }
  const watch = new FolderWatch(path, { ...options, folder: await isFolder(path) });
  await watch.start();
  return { ...folderOf(watch.catalog, () => watch.problems()), close: () => watch.close() };
}

interface Doubt {
  readonly reading: Reading;
  readonly timer: NodeJS.Timeout;
  settled: boolean;
}

class FolderWatch {
  readonly catalog: Catalog = new Catalog();
  readonly #path: string;
  readonly #folder: boolean;
  readonly #settleMs: number;
  readonly #onUpdate: (update: Update) => void;
  readonly #watches: DirectoryWatches;
  #roles: ReadonlyMap<string, DirectoryRole> = new Map();
  #scanProblems: readonly FileProblem[] = [];
  /** Of the version of each file that counts. */
  readonly #stamps = new Map<string, string>();
  readonly #doubts = new Map<string, Doubt>();
  #dirty = new Set<string>();
  /** When the first of what is to be looked at was noticed. */
  #since: number | undefined;
  #rescan = false;
  #running = false;
  #closed = false;
  #poll: NodeJS.Timeout | undefined;
  #retry: NodeJS.Timeout | undefined;

  constructor(
    path: string,
    { folder, settleMs = 100, onUpdate }: WatchOptions & { readonly folder: boolean },
  ) {
    this.#path = path;
    this.#folder = folder;
    this.#settleMs = settleMs;
    this.#onUpdate = onUpdate;
    this.#watches = new DirectoryWatches({
      onChange: (directory, name) => this.#notice(directory, name),
      onExhausted: () => {
        this.#poll ??= setInterval(() => this.#look(), pollMs);
      },
    });
  }

  problems(): readonly FileProblem[] {
    const { problem } = this.#watches;
    return problem === undefined ? this.#scanProblems : [problem, ...this.#scanProblems];
  }

  /** Reads everything as it is. */
  async start(): Promise<void> {
    this.#running = true;
    const since = now();
    try {
      const files = await this.#list();
      const denied = this.#scanProblems.find(({ file }) => file === this.#path);
      if (denied !== undefined) throw new FolderError(`${this.#path} ${denied.message}`);
      const states = new Map<string, FileState | undefined>();
      await eachFile(files, async (file) => {
        const reading = await readManifestFile(file, undefined);
        if (!this.#folder && reading.content === undefined && reading.problem !== undefined) {
          throw new FolderError(`${file} ${reading.problem.message}`);
        }
        this.#accept(file, reading, states);
      });
      this.#tell(states, since);
    } catch (error) {
      this.close();
      throw error;
    } finally {
      this.#running = false;
    }
    this.#work();
  }

  close(): void {
    this.#closed = true;
    this.#watches.close();
    clearInterval(this.#poll);
    clearTimeout(this.#retry);
    for (const { timer } of this.#doubts.values()) clearTimeout(timer);
  }

  #notice(directory: string, name: string | undefined): void {
    if (!this.#folder) this.#dirty.add(this.#path);
    else if (name === undefined || this.#roles.get(directory) === 'linked' || name.startsWith('..')) {
      this.#rescan = true;
    } else if (!isHidden(name)) this.#dirty.add(join(directory, name));
    this.#work();
  }

  #look(): void {
    this.#rescan = true;
    this.#work();
  }

  /** Rounds of looking until nothing is left: what happens during one is read together in the next. */
  #work(): void {
    if (this.#rescan || this.#dirty.size > 0) this.#since ??= now();
    if (this.#running || this.#closed) return;
    this.#running = true;
    void (async () => {
      while (!this.#closed && (this.#rescan || this.#dirty.size > 0)) await this.#round();
      this.#running = false;
    })();
  }

  async #round(): Promise<void> {
    const files = this.#dirty;
    const before = this.#scanProblems;
    const since = this.#since ?? now();
    this.#since = undefined;
    this.#dirty = new Set();
    for (const path of files) if (await this.#isStructural(path)) this.#rescan = true;
    if (this.#rescan) { for (const file of await this.#list()) files.add(file); }
    const states = new Map<string, FileState | undefined>();
    await eachFile([...files], (file) => this.#read(file, states));
    if (this.#closed || (states.size === 0 && before === this.#scanProblems)) return;
    this.#tell(states, since);
  }

  #tell(states: ReadonlyMap<string, FileState | undefined>, since: number): void {
    const changes = this.catalog.update(states);
    this.#onUpdate({ changes, unreadable: this.catalog.unreadable(), since });
  }

  /** Whether what is there now is, or was, more than a plain file. */
  async #isStructural(path: string): Promise<boolean> {
    if (!this.#folder || this.#stamps.has(path)) return false;
    try {
      const stats = await lstat(path);
      return stats.isDirectory() || stats.isSymbolicLink();
    } catch {
      return this.#watches.has(path);
    }
  }

  /** Files that may differ from what is known of them. */
  async #list(): Promise<string[]> {
    this.#rescan = false;
    if (!this.#folder) {
      this.#watches.add(dirname(this.#path));
      return [this.#path];
    }
    const found = await scan(this.#path, { onDirectory: (directory) => this.#watches.add(directory) });
    const { directories, unreadable } = found;
    if (found.problems.length > 0 || this.#scanProblems.length > 0) this.#scanProblems = found.problems;
    this.#roles = directories;
    this.#watches.keep(directories);
    if (unreadable.includes(this.#path) && !this.#closed) {
      this.#retry = setTimeout(() => this.#look(), missingRootMs);
    }
    const changed = [...found.files].filter(([file, stamp]) => this.#stamps.get(file) !== stamp);
    const gone = [...this.#stamps.keys()].filter((file) =>
      !found.files.has(file) && !unreadable.some((directory) => file.startsWith(directory + sep))
    );
    return [...changed.map(([file]) => file), ...gone];
  }

  async #read(file: string, states: Map<string, FileState | undefined>): Promise<void> {
    if (this.#folder && !isManifestName(basename(file))) return;
    const stamp = await currentStamp(file);
    const doubt = this.#doubts.get(file);
    if (stamp !== undefined && stamp === this.#stamps.get(file)) return this.#believe(file);
    if (stamp === undefined && !this.#stamps.has(file)) return this.#believe(file);
    if (doubt !== undefined && doubt.reading.stamp === stamp && !doubt.reading.moving) {
      if (!doubt.settled) return;
      // With the folder itself gone, its files were not deleted one by one.
      if (stamp === undefined && this.#folder && !await exists(this.#path)) {
        this.#rescan = true;
      } else this.#accept(file, doubt.reading, states);
      return;
    }
    const before = this.catalog.state(file)?.content;
    const reading = await readManifestFile(file, before);
    const { content, moving } = reading;
    const whole = content !== undefined && !moving && !looksUnfinished(content, before);
    if (whole) this.#accept(file, reading, states);
    else this.#doubt(file, reading);
  }

  #doubt(file: string, reading: Reading): void {
    this.#believe(file);
    if (this.#closed) return;
    const timer = setTimeout(() => {
      doubt.settled = true;
      this.#dirty.add(file);
      this.#work();
    }, this.#settleMs);
    const doubt: Doubt = { reading, timer, settled: false };
    this.#doubts.set(file, doubt);
  }

  #believe(file: string): void {
    clearTimeout(this.#doubts.get(file)?.timer);
    this.#doubts.delete(file);
  }

  #accept(file: string, reading: Reading, states: Map<string, FileState | undefined>): void {
    this.#believe(file);
    if (reading.stamp === undefined) {
      this.#stamps.delete(file);
      states.set(file, undefined);
      return;
    }
    this.#stamps.set(file, reading.stamp);
    // What cannot be read at all leaves the last good version in place.
    const content = reading.content ?? this.catalog.state(file)?.content;
    states.set(file, { content, problem: reading.problem });
  }
}

/** Of the file as it is now; undefined if it is gone. */
async function currentStamp(file: string): Promise<string | undefined> {
  try {
    const stats = await stat(file, { bigint: true });
    return stats.isFile() ? stampOf(stats) : undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : 'unreadable';
  }
}

function now(): number {
  return performance.timeOrigin + performance.now();
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(() => true, () => false);
}
