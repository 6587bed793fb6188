/** An incremental dataflow: pure transforms over keyed collections, computed again only where something that they read has changed. */
export { createGraph } from './graph.ts';
export { equal } from './equal.ts';
export { MisuseError } from './node.ts';
export type {
  Batch,
  Bucket,
  Change,
  Collection,
  Fault,
  Fetch,
  FlatMapper,
  Graph,
  GraphOptions,
  Index,
  Input,
  Keyed,
  Mapper,
} from './types.ts';
