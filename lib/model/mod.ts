/** The config graph's vocabulary: what any Envoy must do, in Gateway API and Envoy terms. */
export * from './origin.ts';
export * from './cluster.ts';
export * from './cluster-stats.ts';
export * from './access-log.ts';
export * from './access-rules.ts';
export * from './external-auth.ts';
export * from './rate-limit.ts';
export * from './secret.ts';
export * from './http-filters.ts';
export * from './listener.ts';
export * from './route.ts';
export * from './route-config.ts';
export * from './tcp-proxy.ts';
export * from './tracing.ts';
export * from './virtual-host.ts';
