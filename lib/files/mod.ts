/** The manifest folder: reads it, follows it, and says where everything is written. */
export { parseFieldPath } from './field-path.ts';
export { type Folder, loadFolder, type LoadOptions } from './folder.ts';
export { type Update, type WatchedFolder, watchFolder, type WatchOptions } from './watch.ts';
export type { ObjectChange } from './catalog.ts';
export { describeProblem, type FileProblem, FolderError, formatSource, type Source } from './problem.ts';
