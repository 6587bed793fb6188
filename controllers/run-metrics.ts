import type { Metrics } from '../lib/telemetry/metrics.ts';
import type { Dataflow } from './graph.ts';

/** Sets the gauges that are read off the graph, when they are asked for. */
export function measure(metrics: Metrics, { objects, resources, diagnostics, feedback }: Dataflow): void {
  for (const [kind, input] of Object.entries(objects)) metrics.objects.set({ kind }, input.size);
  metrics.resources.reset();
  for (const { type } of resources.values()) metrics.resources.inc({ type });
  for (const severity of ['error', 'warning', 'info']) metrics.problems.set({ severity }, 0);
  for (const set of diagnostics.values()) {
    for (const { severity } of set.diagnostics) metrics.problems.inc({ severity });
  }
  metrics.refusals.set(feedback.refusals.size);
}
