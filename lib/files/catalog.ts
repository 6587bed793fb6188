import { isDeepStrictEqual } from 'node:util';

import type { AnyObject, KindName, Unreadable } from '../api/mod.ts';
import { parseFieldPath } from './field-path.ts';
import type { Entry, ManifestFile } from './manifest-file.ts';
import type { FileProblem, Source } from './problem.ts';
import { parseYaml, type Path, type YamlDocument } from '../yaml/yaml-document.ts';

/** One object's new version, or that it is gone. */
export type ObjectChange =
  | { readonly set: AnyObject; readonly source: Source }
  | { readonly delete: { readonly kind: KindName; readonly key: string } };

/** What was last learnt of a file; without `content` if it was never read. */
export interface FileState {
  readonly content?: ManifestFile | undefined;
  /** Of reading the file as a whole. */
  readonly problem?: FileProblem | undefined;
}

/**
 * The objects of all files. Where several files have one object, the first path in order wins, whatever the order in
 * which they were read.
 */
export class Catalog {
  readonly #files = new Map<string, FileState>();
  /** Files that have an object, in path order, by `Kind/namespace/name`. */
  readonly #holders = new Map<string, string[]>();
  readonly #serving = new Map<string, AnyObject>();
  readonly #repeated = new Set<string>();
  #lastParsed: { readonly text: string; readonly document: YamlDocument } | undefined;

  /** Replaces files, or removes those given as undefined. Answers the net difference, one change an object. */
  update(files: ReadonlyMap<string, FileState | undefined>): ObjectChange[] {
    const touched = new Set<string>();
    for (const [file, state] of files) {
      const before = this.#files.get(file)?.content?.entries;
      const after = state?.content?.entries;
      for (const id of before?.keys() ?? []) {
        touched.add(id);
        if (after?.has(id) !== true) this.#drop(id, file);
      }
      for (const id of after?.keys() ?? []) {
        touched.add(id);
        if (before?.has(id) !== true) this.#hold(id, file);
      }
      if (state === undefined) this.#files.delete(file);
      else this.#files.set(file, state);
    }
    return [...touched].flatMap((id) => this.#settle(id));
  }

  state(file: string): FileState | undefined {
    return this.#files.get(file);
  }

  /** Paths of the files, in order. */
  files(): string[] {
    return [...this.#files.keys()].sort();
  }

  /** Every object that is served. */
  objects(): AnyObject[] {
    return [...this.#serving.values()];
  }

  /** Objects that cannot be decoded as they are written now; what was there before is served. */
  unreadable(): Unreadable[] {
    return this.files().flatMap((file) =>
      this.#files.get(file)?.content?.troubled.flatMap(({ unreadable }) => unreadable) ?? []
    );
  }

  /** What is wrong now, in order of files and lines. */
  problems(): FileProblem[] {
    const problems: FileProblem[] = [];
    for (const [file, { content, problem }] of this.#files) {
      if (problem !== undefined) problems.push(problem);
      for (const document of content?.troubled ?? []) {
        for (const found of document.problems) {
          problems.push({ ...found, file, line: document.line + found.line });
        }
      }
      for (const entry of content?.repeated ?? []) problems.push(this.#repetition(file, entry));
    }
    for (const id of this.#repeated) {
      for (const file of this.#holders.get(id)?.slice(1) ?? []) {
        const entry = this.#files.get(file)?.content?.entries.get(id);
        if (entry !== undefined) problems.push(this.#repetition(file, entry));
      }
    }
    return problems.sort(byPlace);
  }

  /**
   * Where an object, or the field of it, is written. A field that is not there is placed at what is nearest above it.
   * Absent for objects that no file has.
   */
  sourceOf(kind: string, key: string, field: string | Path = []): Source | undefined {
    const id = `${kind}/${key}`;
    const file = this.#holders.get(id)?.[0];
    if (file === undefined) return undefined;
    const entry = this.#files.get(file)?.content?.entries.get(id);
    if (entry === undefined) return undefined;
    const start = sourceOfEntry(file, entry);
    const path = typeof field === 'string' ? parseFieldPath(field) : field;
    if (path.length === 0 || entry.stale) return start;
    const document = this.#parse(entry.document.text);
    if ('syntax' in document) return start;
    const { line, column } = document.locate([...entry.path, ...path]);
    return { file, line: entry.document.line + line, column };
  }

  /** Syntax trees are large and seldom asked for: only the last is kept, for the fields of one long list. */
  #parse(text: string): YamlDocument {
    if (this.#lastParsed?.text !== text) this.#lastParsed = { text, document: parseYaml(text) };
    return this.#lastParsed.document;
  }

  #hold(id: string, file: string): void {
    const holders = this.#holders.get(id) ?? [];
    holders.push(file);
    holders.sort();
    this.#holders.set(id, holders);
    if (holders.length > 1) this.#repeated.add(id);
  }

  #drop(id: string, file: string): void {
    const holders = this.#holders.get(id)?.filter((holder) => holder !== file) ?? [];
    if (holders.length === 0) this.#holders.delete(id);
    else this.#holders.set(id, holders);
    if (holders.length < 2) this.#repeated.delete(id);
  }

  #settle(id: string): readonly ObjectChange[] {
    const before = this.#serving.get(id);
    const file = this.#holders.get(id)?.[0];
    const entry = file === undefined ? undefined : this.#files.get(file)?.content?.entries.get(id);
    if (file === undefined || entry === undefined) {
      this.#serving.delete(id);
      return before === undefined ? [] : [{ delete: { kind: before.kind, key: before.key } }];
    }
    if (entry.object === before) return [];
    this.#serving.set(id, entry.object);
    // A comment or the order of fields may be all that changed.
    if (isDeepStrictEqual(entry.object, before)) return [];
    return [{ set: entry.object, source: sourceOfEntry(file, entry) }];
  }

  #repetition(file: string, entry: Entry): FileProblem {
    const first = this.sourceOf(entry.object.kind, entry.object.key);
    return {
      severity: 'error',
      ...sourceOfEntry(file, entry),
      object: entry.id,
      field: '',
      message: `is already defined at ${first?.file}:${first?.line}, and that one is used`,
      expected: 'one definition an object: remove one, or rename it',
    };
  }
}

function sourceOfEntry(file: string, entry: Entry): Source {
  return { file, line: entry.document.line + entry.line, column: entry.column };
}

function byPlace(a: FileProblem, b: FileProblem): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);
}
