import { watch } from 'node:fs';
import { basename } from 'node:path';

export interface DirectoryWatch {
  close(): void;
}

export interface DirectoryWatchEvents {
  /** Something happened to this entry; without a name, to any. The directory's own name if it happened to itself. */
  readonly onChange: (name: string | undefined) => void;
  readonly onError: () => void;
}

/** Watches one directory, not what is below it. Throws the system's error. From its return on, nothing is missed. */
export function watchDirectory(directory: string, events: DirectoryWatchEvents): DirectoryWatch {
  const { Deno: deno } = globalThis as { readonly Deno?: DenoWatch };
  if (deno !== undefined) return watchByDeno(deno, directory, events);
  const watcher = watch(directory, { persistent: true }, (_, name) => events.onChange(name ?? undefined));
  watcher.on('error', events.onError);
  return watcher;
}

/** The part of Deno that is used: its `node:fs` begins to watch only some ms after `watch` has returned. */
interface DenoWatch {
  watchFs(path: string, options: { recursive: boolean }): DirectoryWatch & AsyncIterable<DenoEvent>;
}

interface DenoEvent {
  readonly kind: string;
  readonly paths: readonly string[];
}

function watchByDeno(deno: DenoWatch, directory: string, events: DirectoryWatchEvents): DirectoryWatch {
  const watcher = deno.watchFs(directory, { recursive: false });
  let closed = false;
  void (async () => {
    try {
      for await (const { kind, paths } of watcher) {
        // Reading a file is an event too.
        if (kind === 'access') continue;
        if (paths.length === 0) events.onChange(undefined);
        for (const path of paths) events.onChange(basename(path));
      }
    } catch {
      if (!closed) events.onError();
    }
  })();
  return {
    close: () => {
      if (closed) return;
      closed = true;
      watcher.close();
    },
  };
}
