import type { Gathering } from './references.ts';

/** How requests fail that no backend can take. */
export interface Failure {
  /** HTTP status of the answer. */
  readonly status: 500 | 503;
  /** As clients know it. */
  readonly said: string;
}

/** To gRPC clients 500 would be UNKNOWN; 503 is UNAVAILABLE, as GEP-1016 demands. */
export function failureOf(protocol: Gathering['protocol']): Failure {
  return protocol === 'grpc' ? { status: 503, said: 'UNAVAILABLE' } : { status: 500, said: '500' };
}
