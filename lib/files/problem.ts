/** Where something is in a file; lines and columns count from 1. */
export interface Source {
  /** As the user would name it: below the folder that was given. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Something wrong with a file or one of its objects. Data, never an exception. */
export interface FileProblem {
  readonly severity: 'error' | 'warning';
  readonly file: string;
  /** Absent if the file as a whole is meant. */
  readonly line?: number | undefined;
  readonly column?: number | undefined;
  /** `Kind/namespace/name`, if the manifest says that much. */
  readonly object?: string | undefined;
  /** Such as `spec.rules[0].name`; `''` for none. */
  readonly field: string;
  /** Reads on after the field, without a full stop. */
  readonly message: string;
  /** What would have been right. */
  readonly expected?: string | undefined;
}

/** The folder itself cannot be read: nothing can be served from it. */
export class FolderError extends Error {
  override readonly name: string = 'FolderError';
}

/** `file:line:column`, as editors and terminals link it. */
export function formatSource(at: Pick<FileProblem, 'file' | 'line' | 'column'>): string {
  return [at.file, at.line, at.column].filter((part) => part !== undefined).join(':');
}

/** `field message; expected ...`, without the place. */
export function describeProblem(problem: Pick<FileProblem, 'field' | 'message' | 'expected'>): string {
  const { field, message, expected } = problem;
  const said = field === '' ? message : `${field} ${message}`;
  return expected === undefined ? said : `${said}; expected ${expected}`;
}
