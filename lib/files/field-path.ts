/** The parts of a path such as `spec.rules[0].name` or `metadata.annotations["a/b"]`. */
export function parseFieldPath(field: string): (string | number)[] {
  const parts: (string | number)[] = [];
  for (const [, index, quoted, name] of field.matchAll(/\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]|([^.[\]]+)/g)) {
    if (index !== undefined) parts.push(Number(index));
    else if (quoted !== undefined) parts.push(String(JSON.parse(quoted)));
    else if (name !== undefined && name !== '(root)') parts.push(name);
  }
  return parts;
}
