/**
 * Dragoman as a library: the incremental graph, the Gateway API schemas, the translation to Envoy and the Delta ADS server,
 * joined by the dataflow that the `dragoman` command runs.
 *
 * @module
 */
export { createDataflow, type Dataflow } from './controllers/graph.ts';
export { type FeedbackInputs, inputOf, type ObjectInputs } from './controllers/inputs.ts';
export { CONTROLLER_NAME, type Settings } from './controllers/settings.ts';
export { decode, type Decoded, type KubeObject, type Problem } from './lib/api/mod.ts';
export { type Resource, resourceJson, TYPE_URL } from './lib/envoy/mod.ts';
export { createGraph, type Graph } from './lib/graph/mod.ts';
export { createXdsServer, type XdsServer } from './lib/xds/mod.ts';
