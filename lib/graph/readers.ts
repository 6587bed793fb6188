/** What is computed again when something that it read has changed. */
export interface Reader {
  wake(): void;
}

/** A set of readers. Most have one or two members, some have ten thousand: each size gets its own, leanest shape. */
export type Readers = Reader | Reader[] | Set<Reader> | undefined;

const LONGEST_ARRAY = 8;

/** Adds a reader that is not in the set. */
export function withReader(readers: Readers, reader: Reader): Readers {
  if (readers === undefined) return reader;
  if (readers instanceof Set) return readers.add(reader);
  if (!Array.isArray(readers)) return [readers, reader];
  if (readers.length === LONGEST_ARRAY) return new Set(readers).add(reader);
  // A pushed-to array keeps room for sixteen more: 128 bytes for each of hundreds of thousands of slots.
  return readers.concat(reader);
}

export function withoutReader(readers: Readers, reader: Reader): Readers {
  if (readers === reader) return undefined;
  if (readers instanceof Set) {
    readers.delete(reader);
    return readers.size === 0 ? undefined : readers;
  }
  if (!Array.isArray(readers)) return readers;
  const rest = readers.filter((other) => other !== reader);
  return rest.length > 1 ? rest : rest[0];
}

export function wakeAll(readers: Readers): void {
  if (readers === undefined) return;
  if (!Array.isArray(readers) && !(readers instanceof Set)) return readers.wake();
  for (const reader of readers) reader.wake();
}
