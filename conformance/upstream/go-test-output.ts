export type Outcome = 'passed' | 'failed' | 'skipped';

const OUTCOMES: Readonly<Record<string, Outcome>> = { PASS: 'passed', FAIL: 'failed', SKIP: 'skipped' };

/** Test names are paths: `TestConformance/HTTPRouteWeight/Some_case`. */
export interface GoTestHandlers {
  /** A test has begun, or goes on after it waited for its turn among parallel ones. */
  running(name: string): void;
  /** One line of a test's output; `error` if it belongs to what makes the test fail. */
  line(name: string, text: string, error: boolean): void;
  ended(name: string, outcome: Outcome, seconds: number): void;
}

/** Marks of `-test.v=test2json`: what the test program says itself, begin and end of an error, and a character taken literally. */
const [FRAME, ERROR_BEGIN, ERROR_END, ESCAPE] = ['\x16', '\x0f', '\x0e', '\x1b'];

/** Reads what a Go test program writes when it runs with `-test.v=test2json`, as it comes. */
export class GoTestOutput {
  readonly #handlers: GoTestHandlers;
  #rest = '';
  /** Whose lines come now. */
  #name = '';
  /** Tests in the middle of an error of several lines. */
  readonly #failing = new Set<string>();

  constructor(handlers: GoTestHandlers) {
    this.#handlers = handlers;
  }

  feed(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#read(line);
  }

  end(): void {
    if (this.#rest !== '') this.#read(this.#rest);
    this.#rest = '';
  }

  #read(line: string): void {
    // A test may have printed something without an end of line.
    const at = frameIn(line);
    if (at === -1) return this.#line(line);
    if (at > 0) this.#line(line.slice(0, at));
    this.#frame(line.slice(at + 1));
  }

  #frame(text: string): void {
    const [, event, running] = /^=== (RUN|CONT|NAME|PAUSE) +(\S+)/.exec(text) ?? [];
    if (running !== undefined) {
      this.#name = running;
      if (event === 'RUN' || event === 'CONT') this.#handlers.running(running);
      return;
    }
    const [, word = '', ended, seconds] = /^ *--- (PASS|FAIL|SKIP): (\S+) \(([\d.]+)s\)/.exec(text) ?? [];
    const outcome = OUTCOMES[word];
    if (ended === undefined || outcome === undefined) return;
    this.#name = ended;
    this.#failing.delete(ended);
    this.#handlers.ended(ended, outcome, Number(seconds));
  }

  #line(line: string): void {
    const name = this.#name;
    const { text, begins, ends } = unmark(line);
    if (begins) this.#failing.add(name);
    this.#handlers.line(name, text, this.#failing.has(name));
    if (ends) this.#failing.delete(name);
  }
}

function frameIn(line: string): number {
  for (let at = 0; at < line.length; at++) {
    if (line[at] === ESCAPE) at++;
    else if (line[at] === FRAME) return at;
  }
  return -1;
}

function unmark(line: string): { readonly text: string; readonly begins: boolean; readonly ends: boolean } {
  let [text, begins, ends] = ['', false, false];
  for (let at = 0; at < line.length; at++) {
    const character = line[at] ?? '';
    if (character === ESCAPE) text += line[++at] ?? '';
    else if (character === ERROR_BEGIN) begins = true;
    else if (character === ERROR_END) ends = true;
    else text += character;
  }
  return { text, begins, ends };
}
