/** A backend for examples and tests: it answers with the request that it saw and its own name. */
export { type Echo, type EchoOptions, type EchoTls, startEcho } from './server.ts';
export type { SeenRequest, SeenTls } from './answer.ts';
