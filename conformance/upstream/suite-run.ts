import { GoTestOutput, type Outcome } from './go-test-output.ts';
import { TOP } from './suite.ts';

export interface Line {
  readonly text: string;
  readonly error: boolean;
}

/** One test of the suite, with all of its cases. */
export interface TestRun {
  /** The suite's; empty for what the suite does around its tests. */
  readonly name: string;
  /** Ms since the epoch. A parallel test starts when its turn comes. */
  started: number;
  /** When its first error came. */
  failed?: number;
  lines: Line[];
  outcome?: Outcome;
  seconds?: number;
}

export interface SuiteRunOptions {
  /** Told each line as it comes. */
  readonly line: (line: Line) => void;
  /** A first error of a test: it will fail, and may clean up at once. */
  readonly failing: (test: TestRun) => void;
  readonly ended: (test: TestRun) => void;
}

/** Follows the suite's output, test by test. */
export class SuiteRun {
  readonly #tests = new Map<string, TestRun>();
  readonly #output: GoTestOutput;

  constructor({ line, failing, ended }: SuiteRunOptions) {
    this.#output = new GoTestOutput({
      running: (path) => {
        if (isTest(path)) this.#of(path).started = Date.now();
      },
      line: (path, text, error) => {
        line({ text, error });
        const test = this.#of(path);
        if (error && test.failed === undefined) {
          test.failed = Date.now();
          failing(test);
        }
        test.lines.push({ text, error });
      },
      ended: (path, outcome, seconds) => {
        const test = this.#of(path);
        if (!isTest(path) && path !== TOP) {
          // Cases of a test that passed are of no interest.
          if (outcome === 'failed') test.lines.push({ text: `case failed: ${path}`, error: true });
          return;
        }
        test.outcome = outcome;
        test.seconds = seconds;
        ended(test);
      },
    });
  }

  feed(text: string): void {
    this.#output.feed(text);
  }

  end(): void {
    this.#output.end();
  }

  /** Those that have begun and not ended, the suite itself left out. */
  running(): readonly TestRun[] {
    return this.tests().filter(({ outcome }) => outcome === undefined);
  }

  tests(): readonly TestRun[] {
    return Array.from(this.#tests.values()).filter(({ name }) => name !== '');
  }

  /** What the suite said and did outside of its tests. */
  get around(): TestRun {
    return this.#of(TOP);
  }

  #of(path: string): TestRun {
    const name = path.split('/')[1] ?? '';
    const known = this.#tests.get(name);
    if (known !== undefined) return known;
    const fresh: TestRun = { name, started: Date.now(), lines: [] };
    this.#tests.set(name, fresh);
    return fresh;
  }
}

function isTest(path: string): boolean {
  return path.split('/').length === 2;
}
