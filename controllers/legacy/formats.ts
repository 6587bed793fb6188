/** Commands of Envoy's formats that tell what its machine knows, and no request: whoever writes a Mapping is not to read that. */
const FORBIDDEN = /%(ENVIRONMENT|FILE_CONTENT|SECRET)\s*\(/;

/** Why a format may not be used. */
export function formatProblem(format: string): string | undefined {
  const command = FORBIDDEN.exec(format)?.[1];
  return command === undefined
    ? undefined
    : `has %${command}(...)%, which would show what belongs to the proxy`;
}
