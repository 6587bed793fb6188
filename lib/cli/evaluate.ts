import { createDataflow, type Dataflow } from '../../controllers/graph.ts';
import { fill } from '../../controllers/run-fill.ts';
import type { Settings } from '../../controllers/settings.ts';
import { sourceOf, type Wanted } from '../../controllers/run-locate.ts';
import { type Folder, loadFolder, type Source } from '../files/mod.ts';
import type { Diagnostic } from '../model/mod.ts';
import { type Finding, findingsOf } from './findings.ts';
import type { Io } from './io.ts';

/** What a folder means, found out without running anything. */
export interface Evaluation {
  readonly folder: Folder;
  readonly dataflow: Dataflow;
  readonly findings: readonly Finding[];
  /** Where something is written. */
  readonly locate: (wanted: Wanted) => Source | undefined;
}

/** Reads a folder, a file or standard input, and takes it through the graph as if a proxy had accepted everything. */
export async function evaluate(path: string, settings: Settings, io: Io): Promise<Evaluation> {
  const folder = await loadFolder(path, { stdin: io.stdin });
  const faults: Diagnostic[] = [];
  const dataflow = createDataflow(settings, {
    onFault: ({ collection, source, error }) => faults.push(faultDiagnostic(collection, source, error)),
  });
  dataflow.feedback.clock.set({ key: 'now', time: Date.now() });
  const changes = folder.objects().map((set) => ({ set }));
  fill(dataflow, { changes, unreadable: folder.unreadable() });
  dataflow.graph.commit();
  deliverAll(dataflow);
  const diagnostics = dataflow.diagnostics.values().flatMap((set) => set.diagnostics);
  const locate = (wanted: Wanted): Source | undefined => sourceOf(folder, dataflow, wanted);
  const findings = findingsOf({ folder, locate }, [...faults, ...diagnostics]);
  return { folder, dataflow, findings, locate };
}

function deliverAll({ graph, memberships, resources, feedback }: Dataflow): void {
  for (const { key, resource } of memberships.values()) {
    const version = resources.get(resource)?.version;
    if (version !== undefined) feedback.delivered.set({ key, version });
  }
  graph.commit();
}

function faultDiagnostic(collection: string, source: string, error: unknown): Diagnostic {
  const [kind = '', namespace = '', name = ''] = source.split('/');
  return {
    object: { group: '', kind, namespace, name },
    severity: 'error',
    code: 'Fault',
    field: '',
    message: `${collection} failed (${String(error)}), which is a bug of Dragoman: please report it`,
  };
}
