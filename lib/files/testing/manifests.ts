/** Texts of manifests for tests. */

/** A Service; `port` tells its versions apart. */
export function service(name: string, port = 80): string {
  return `apiVersion: v1
kind: Service
metadata:
  name: ${name}
spec:
  ports:
    - port: ${port}
`;
}

export function stream(...documents: readonly string[]): string {
  return documents.join('---\n');
}
