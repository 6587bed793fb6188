import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from '../cluster/api-client.ts';
import { controllerLog } from './controller.ts';
import { type Picture, pictureLines, writePicture } from './picture.ts';
import { askProxies, type Proxy, type Unanswered } from './proxies.ts';
import type { KubeObject, Recorder } from './recorder.ts';
import type { TestRun } from './suite-run.ts';

export interface PicturesOptions {
  readonly client: ApiClient;
  readonly recorder: Recorder;
  /** Where whole pictures are written, a directory for each test. */
  readonly directory: string;
}

/** A test that takes longer is in trouble, most likely. */
const SUSPICIOUS_MS = 8000;
const INTERVAL_MS = 10_000;
const CHECK_MS = 1000;

interface Look {
  readonly at: number;
  readonly proxies: readonly (Proxy | Unanswered)[];
}

/**
 * Takes pictures of failed tests. When one has failed, what it made is being deleted already, so proxies are looked at while a
 * test takes suspiciously long, and at its first error.
 */
export class Pictures {
  readonly #options: PicturesOptions;
  #looks: Look[] = [];
  #looking: Promise<void> | undefined;
  readonly #taking: Promise<void>[] = [];

  constructor(options: PicturesOptions) {
    this.#options = options;
  }

  /** Looks whenever a test is suspicious, until the signal ends it. */
  watch(running: () => readonly TestRun[], signal: AbortSignal): void {
    void (async () => {
      while (!signal.aborted) {
        await sleep(CHECK_MS);
        const now = Date.now();
        const suspicious = running().some(({ started }) => now - started > SUSPICIOUS_MS);
        if (suspicious && now - (this.#looks.at(-1)?.at ?? 0) > INTERVAL_MS) await this.#look();
      }
    })();
  }

  /** Looks at all proxies now. */
  look(): void {
    void this.#look();
  }

  /** Prints and writes what is known about a failed test. */
  take(test: TestRun): void {
    this.#taking.push(this.#take(test, Date.now()));
  }

  /** Resolves once all pictures are taken. */
  async done(): Promise<void> {
    await Promise.all(this.#taking);
  }

  #look(): Promise<void> {
    this.#looking ??= this.#ask().finally(() => this.#looking = undefined);
    return this.#looking;
  }

  async #ask(): Promise<void> {
    const at = Date.now();
    const proxies = await askProxies(this.#options.client).catch(() => []);
    // A test that fails has run for minutes at most.
    this.#looks = [...this.#looks.filter((look) => at - look.at < 300_000), { at, proxies }];
  }

  async #take(test: TestRun, ended: number): Promise<void> {
    await this.#look();
    const { client, recorder, directory } = this.#options;
    const objects = objectsOf(test, recorder.since(test.started));
    // One from before the error saw all that the test had made; one since then may not.
    const { started, failed = ended } = test;
    const look = this.#looks.findLast(({ at }) => at >= started && at < failed) ??
      this.#looks.find(({ at }) => at >= failed);
    const picture: Picture = {
      test: test.name,
      lines: test.lines,
      objects,
      proxies: look?.proxies ?? [],
      proxiesAt: look === undefined ? undefined : new Date(look.at),
      controller: await controllerLog(client, new Date(test.started)),
    };
    writePicture(join(directory, test.name), picture);
    console.log(pictureLines(picture).join('\n'));
    console.log(`── ${test.name}: all of this in full is in ${join(directory, test.name)}`);
  }
}

/** Objects that the suite says it has made for the test, and the Gateways and ListenerSets that they name. */
function objectsOf({ lines }: TestRun, known: readonly KubeObject[]): KubeObject[] {
  const made = new Set(
    lines.flatMap(({ text }) => {
      const [, name, kind] = /(?:Creating|Updating) (\S+) (\w+)$/.exec(text) ?? [];
      return name === undefined ? [] : [`${kind} ${name}`];
    }),
  );
  const objects = new Set(known.filter(({ kind, metadata }) => made.has(`${kind} ${metadata.name}`)));
  // A set grows while it is gone through: parents of parents come in too.
  for (const object of objects) {
    for (const parent of parentsOf(object)) {
      for (const candidate of known) {
        const { kind, metadata } = candidate;
        if (`${kind} ${metadata.namespace}/${metadata.name}` === parent) objects.add(candidate);
      }
    }
  }
  return [...objects];
}

interface Reference {
  readonly kind?: string;
  readonly namespace?: string;
  readonly name: string;
}

function parentsOf({ metadata, spec }: KubeObject): string[] {
  const { parentRefs = [], parentRef } = (spec ?? {}) as {
    readonly parentRefs?: readonly Reference[];
    readonly parentRef?: Reference;
  };
  return [...parentRefs, ...(parentRef === undefined ? [] : [parentRef])].map(
    ({ kind = 'Gateway', namespace = metadata.namespace, name }) => `${kind} ${namespace}/${name}`,
  );
}
