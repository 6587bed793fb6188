import { readAnnotation } from '../api/legacy/mod.ts';
import {
  type AnyObject,
  decode,
  formatPath,
  keyOf,
  type KindName,
  kinds,
  manifestsIn,
  type Unreadable,
  unreadable,
} from '../api/mod.ts';
import { type RawDocument, splitDocuments } from '../yaml/documents.ts';
import { parseYaml, type Path, type Position } from '../yaml/yaml-document.ts';

/** An object of a document, or the last good version of one that cannot be read now. */
export interface Entry {
  /** `Kind/namespace/name`. */
  readonly id: string;
  readonly object: AnyObject;
  /** Within the document: that of a `List`'s item. */
  readonly path: Path;
  /** Where it begins in the document, from 1. */
  readonly line: number;
  readonly column: number;
  readonly document: RawDocument;
  /** The object comes from an earlier version of the file. */
  readonly stale: boolean;
}

/** As a `FileProblem`, with the line counted within its document. */
export interface DocumentProblem {
  readonly severity: 'error' | 'warning';
  readonly line: number;
  readonly column: number;
  readonly object?: string | undefined;
  readonly field: string;
  readonly message: string;
  readonly expected?: string | undefined;
}

interface ReadDocument extends RawDocument {
  readonly found: readonly Omit<Entry, 'document' | 'stale'>[];
  readonly problems: readonly DocumentProblem[];
  /** Objects with errors, by id; their last good versions stay. */
  readonly broken: readonly string[];
  readonly unreadable: readonly Unreadable[];
  /** Some object in it cannot even be told by name, so any that the file had before may be meant. */
  readonly unknown: boolean;
}

/** What one file holds. */
export interface ManifestFile {
  readonly text: string;
  readonly documents: readonly ReadDocument[];
  /** Those of the documents that have problems. */
  readonly troubled: readonly ReadDocument[];
  /** In the order of the file, of several with one id the first; then what is kept of the version before. */
  readonly entries: ReadonlyMap<string, Entry>;
  /** Later documents of an id that an earlier one has. */
  readonly repeated: readonly Entry[];
}

/**
 * Reads a file's documents. Those whose text did not change since `before` are not parsed again, and keep their very
 * objects; those with errors keep the last good versions of theirs.
 */
export function readManifests(text: string, before?: ManifestFile): ManifestFile {
  const known = new Map(before?.documents.map((document) => [document.text, document]));
  const documents = splitDocuments(text).map(({ text, line }): ReadDocument => {
    const same = known.get(text);
    // The text of the new file replaces the old one, so that the old file can be freed.
    if (same === undefined) return readDocument(text, line);
    return { ...same, text, line };
  });
  const entries = new Map<string, Entry>();
  const repeated: Entry[] = [];
  for (const document of documents) {
    for (const found of document.found) {
      const entry: Entry = { ...found, document, stale: false };
      if (entries.has(found.id)) repeated.push(entry);
      else entries.set(found.id, entry);
    }
  }
  for (const kept of lastGood(documents, before)) if (!entries.has(kept.id)) entries.set(kept.id, kept);
  const troubled = documents.filter(({ problems }) => problems.length > 0);
  return { text, documents, troubled, entries, repeated };
}

/** Objects of the version before that may be meant by what cannot be read now. */
function lastGood(documents: readonly ReadDocument[], before: ManifestFile | undefined): Entry[] {
  if (before === undefined) return [];
  const unknown = documents.find((document) => document.unknown);
  const kept: Entry[] = [];
  const keep = (entry: Entry | undefined, document: RawDocument): void => {
    if (entry !== undefined) kept.push({ ...entry, document, path: [], line: 1, column: 1, stale: true });
  };
  if (unknown !== undefined) { for (const entry of before.entries.values()) keep(entry, unknown); }
  else {for (const document of documents) {
      for (const id of document.broken) keep(before.entries.get(id), document);
    }}
  return kept;
}

/** Whether this is less sure to be a finished save than what was there before. */
export function looksUnfinished(file: ManifestFile, before: ManifestFile | undefined): boolean {
  const { text } = file;
  if (text.trim() === '' || !text.endsWith('\n')) return true;
  // Programs write in blocks, and a cut between two blocks shows only in the size.
  if (Buffer.byteLength(text) % 4096 === 0) return true;
  if (file.documents.some((document) => document.unknown || document.broken.length > 0)) return true;
  if (before === undefined) return false;
  if (before.text.startsWith(text) && before.text !== text) return true;
  for (const [id, entry] of before.entries) if (!entry.stale && !file.entries.has(id)) return true;
  return false;
}

function readDocument(text: string, line: number): ReadDocument {
  const parsed = parseYaml(text);
  if ('syntax' in parsed) {
    // One slip makes the parser stumble on: what follows the first error seldom helps.
    const problems = parsed.syntax.slice(0, 1).map(({ message, line, column }): DocumentProblem => ({
      severity: 'error',
      line,
      column,
      field: '',
      message: `cannot be read as YAML: ${message}`,
    }));
    return { text, line, found: [], problems, broken: [], unreadable: [], unknown: true };
  }
  const found: ReadDocument['found'][number][] = [];
  const problems: DocumentProblem[] = [];
  const broken: string[] = [];
  const unread: Unreadable[] = [];
  let unknown = false;
  for (const { raw, path } of manifestsIn(parsed.value)) {
    const decoded = decode(raw);
    const { object } = decoded;
    const id = object === undefined ? identify(raw) : `${object.kind}/${object.key}`;
    for (const problem of decoded.problems) {
      const { severity, message, expected } = problem;
      const at = parsed.locate([...path, ...problem.path]);
      const field = problem.path.length === 0 ? '' : formatPath(problem.path);
      problems.push({ severity, ...at, object: id, field, message, expected });
    }
    if (object !== undefined) {
      const { line, column } = parsed.locate(path);
      found.push({ id: `${object.kind}/${object.key}`, object, path, line, column });
      problems.push(...annotationProblems(object, (field) => parsed.locate([...path, ...field])));
    } else if (decoded.problems.some(({ severity }) => severity === 'error')) {
      if (id === undefined) unknown = true;
      else broken.push(id);
      const told = unreadable(raw, decoded.problems);
      if (told !== undefined) unread.push(told);
    }
  }
  return { text, line, found, problems, broken, unreadable: unread, unknown };
}

/** What is wrong with the resources in an object's annotation, which keeps nothing of the object out. */
function annotationProblems(object: AnyObject, locate: (path: Path) => Position): DocumentProblem[] {
  return readAnnotation(object).problems.map(({ severity, path, message, expected, resource }) => {
    // `metadata`, `annotations`, its name and the number of the document are before the field.
    const field = path.length <= 4 ? '' : formatPath(path.slice(4));
    const at = locate(path);
    return { severity, ...at, object: resource ?? `${object.kind}/${object.key}`, field, message, expected };
  });
}

/** `Kind/namespace/name` of a manifest that may be wrong otherwise. */
function identify(raw: unknown): string | undefined {
  const manifest = raw as
    | { kind?: unknown; metadata?: { name?: unknown; namespace?: unknown } }
    | null
    | undefined;
  const kind = manifest?.kind;
  const { name, namespace } = manifest?.metadata ?? {};
  if (typeof kind !== 'string' || typeof name !== 'string') return undefined;
  const info = Object.hasOwn(kinds, kind) ? kinds[kind as KindName] : undefined;
  if (info !== undefined && !info.namespaced) return `${kind}/${name}`;
  if (namespace !== undefined && namespace !== null && typeof namespace !== 'string') return undefined;
  return `${kind}/${keyOf({ name, namespace: namespace ?? 'default' })}`;
}
