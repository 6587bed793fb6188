/** A line of JSON for each message. */
export const JSON_LOG: string = JSON.stringify({
  time: '%Y-%m-%dT%T.%e%z',
  level: '%l',
  component: '%n',
  message: '%j',
});

export interface EnvoyArguments {
  /** Path of the bootstrap. */
  readonly config: string;
  /** In Envoy's words. */
  readonly logLevel: string;
  /** In Envoy's words; `JSON_LOG`, for example. */
  readonly logFormat: string;
  /** The node's id, if the bootstrap says none. */
  readonly node?: string | undefined;
  /** Worker threads; as many as CPUs unless told. */
  readonly concurrency?: number | undefined;
  /** How long connections of a listener or filter chain that is gone may stay; ten minutes unless told. */
  readonly listenerDrainMs?: number | undefined;
}

/** The command line that a bootstrap of ours is run with. */
export function envoyArguments(
  { config, logLevel, logFormat, node, concurrency, listenerDrainMs = 600_000 }: EnvoyArguments,
): string[] {
  return [
    '--config-path',
    config,
    ...(node === undefined ? [] : ['--service-node', node]),
    '--disable-hot-restart',
    '--drain-time-s',
    String(Math.ceil(listenerDrainMs / 1_000)),
    // All clients are sent away by their next answer, not a growing share over the drain time.
    '--drain-strategy',
    'immediate',
    '--log-level',
    logLevel,
    // At each listener it warns here of what Envoy calls work in progress, which is not the reader's choice.
    '--component-log-level',
    'misc:error',
    '--log-format',
    logFormat,
    ...(concurrency === undefined ? [] : ['--concurrency', String(concurrency)]),
  ];
}
