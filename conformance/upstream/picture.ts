import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { conditionLines } from './conditions.ts';
import type { Proxy, Unanswered } from './proxies.ts';
import { viewLines } from './proxy-view.ts';
import type { KubeObject } from './recorder.ts';

/** All that is known about one failed test. */
export interface Picture {
  readonly test: string;
  /** What the suite said; `error` marks what failed it. */
  readonly lines: readonly { readonly text: string; readonly error: boolean }[];
  /** Of the test, and the Gateways that they lead to. */
  readonly objects: readonly KubeObject[];
  /** As they were while the test ran, and when that was. */
  readonly proxies: readonly (Proxy | Unanswered)[];
  readonly proxiesAt: Date | undefined;
  readonly controller: readonly string[];
}

/** Levels of log lines that say nothing about a failure. */
const CALM = new Set(['trace', 'debug', 'info']);
const MOST_LINES = 60;

/** The picture in short, for people. */
export function pictureLines(picture: Picture): string[] {
  const { test, lines, objects, proxies, proxiesAt, controller } = picture;
  const errors = lines.filter(({ error }) => error);
  const routes = objects.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
  const gateways = new Set(
    objects.filter(({ kind }) => kind === 'Gateway').map(({ metadata }) =>
      `${metadata.namespace}/${metadata.name}`
    ),
  );
  const shown = proxies.filter(({ namespace, gateway }) => gateways.has(`${namespace}/${gateway}`));
  const warnings = controller.filter((line) => !isCalm(line));
  return [
    `── ${test}: the suite`,
    ...lines.slice(-MOST_LINES).map(({ text }) => text),
    ...(errors.length === 0 ? ['it says no error; see the other tests and the end of the log'] : []),
    `── ${test}: our conditions`,
    ...objects.flatMap(conditionLines),
    ...(objects.length === 0 ? ['the test has made no object of the Gateway API'] : []),
    `── ${test}: what its proxies served${proxiesAt === undefined ? '' : ` at ${proxiesAt.toISOString()}`}`,
    ...shown.flatMap((proxy) => [
      `${proxy.namespace}/${proxy.pod}`,
      ...('error' in proxy ? [`  ${proxy.error}`] : viewLines({ ...proxy, routes })),
    ]),
    ...(shown.length === 0 ? ['none of its Gateways had a proxy'] : []),
    `── ${test}: warnings of the controller`,
    ...warnings.slice(-MOST_LINES),
    ...(warnings.length === 0 ? ['none'] : []),
  ];
}

function isCalm(line: string): boolean {
  try {
    const { level } = JSON.parse(line) as { readonly level?: string };
    return level !== undefined && CALM.has(level);
  } catch {
    // Not from the logger, such as the trace of a crash.
    return false;
  }
}

/** The whole picture, as files in a directory of its own. */
export function writePicture(directory: string, picture: Picture): void {
  mkdirSync(directory, { recursive: true });
  const write = (name: string, content: string): void => writeFileSync(join(directory, name), content);
  write('suite.log', picture.lines.map(({ text }) => `${text}\n`).join(''));
  write('objects.yaml', picture.objects.map((object) => `---\n${stringify(object)}`).join(''));
  write('controller.log', picture.controller.map((line) => `${line}\n`).join(''));
  for (const proxy of picture.proxies) {
    write(`proxy-${proxy.namespace}-${proxy.pod}.json`, `${JSON.stringify(proxy, null, 2)}\n`);
  }
}
