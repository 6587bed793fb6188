/** A user's mistake in one manifest. Errors keep the object out; warnings do not. */
export interface Problem {
  readonly severity: 'error' | 'warning';
  /** From the manifest's root; for a missing field it names the field. */
  readonly path: readonly (string | number)[];
  /** A sentence without the path, in lower case and without a full stop. */
  readonly message: string;
  /** What would have been right, such as `a number from 1 to 65535`. */
  readonly expected?: string | undefined;
}

/** `spec.rules[0].name`, or `(root)` for the manifest itself. */
export function formatPath(path: readonly (string | number)[]): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else if (/^[A-Za-z_][\w-]*$/.test(part)) text += text === '' ? part : `.${part}`;
    else text += `[${JSON.stringify(part)}]`;
  }
  return text === '' ? '(root)' : text;
}
