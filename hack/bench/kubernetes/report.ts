/** The results of the benchmark in Kubernetes as text. */

import { count } from '../bars.ts';
import { fixed, megabytes, table } from '../report.ts';
import { failuresOf } from './bars.ts';
import type { KubernetesResult } from './result.ts';

export function kubernetesTable(result: KubernetesResult): string {
  const { routes, samples, load, newProxy, restart, peakMemory, others } = result;
  return [
    `── ${count(routes)} routes in Kubernetes, ${samples} samples`,
    '',
    `Applied within ${seconds(load.applying)} s. Served ${
      seconds(load.served)
    } s after the last one, statuses written ` +
    `${seconds(load.statuses)} s after it. CPU of the controller: ${seconds(load.cpu)} s.`,
    `New Envoy: all served within ${seconds(newProxy.p50)} s (at most ${seconds(newProxy.max)} s).`,
    `Controller killed: first change served after ${seconds(restart.served.p50)} s (at most ` +
    `${seconds(restart.served.max)} s), its status written after ${seconds(restart.status.p50)} s (at most ` +
    `${seconds(restart.status.max)} s).`,
    `Memory of the controller: at most ${megabytes(peakMemory)} MB.`,
    `Of the processors, other processes took ${percent(others.processes)}, and the host ${
      percent(others.host)
    }.`,
    '',
    changeTable(result),
    '',
    partTable(result),
    '',
  ].join('\n');
}

function changeTable({ changes }: KubernetesResult): string {
  const rows = changes.map(({ change, applied, served, status, sinceAnswer, cpu }) => [
    change,
    ...[
      applied.p50,
      served.p50,
      served.p99,
      served.max,
      sinceAnswer.served.p50,
      status?.p50,
      status?.p99,
      status?.max,
      sinceAnswer.status?.p50,
      cpu,
    ]
      .map((ms) => ms === undefined ? '' : fixed(ms, 1)),
  ]);
  const head = ['one change of', 'applied p50 ms', 'served p50 ms', 'p99', 'max', 'since answer'];
  const statusHead = ['status p50 ms', 'p99', 'max', 'since answer'];
  return table([...head, ...statusHead, 'CPU ms'], rows);
}

function partTable({ parts }: KubernetesResult): string {
  const rows = parts.map((part) => [
    part.part,
    String(part.answers),
    failuresOf(part) === 0 ? '0' : JSON.stringify(part.failures),
    ...[
      part.statusRequests,
      part.statusWrites,
      part.identical,
      part.mostOfOne,
      part.commits,
      part.infrastructure,
    ]
      .map(String),
    megabytes(part.peakMemory),
  ]);
  const head = ['part', 'answers', 'not 2xx', 'status requests', 'status writes', 'identical', 'most of one'];
  return table([...head, 'commits', 'infrastructure writes', 'peak MB'], rows);
}

function percent(share: number): string {
  return `${fixed(share * 100, 0)} %`;
}

function seconds(ms: number): string {
  return fixed(ms / 1_000, 2);
}
