/** One document of a YAML stream, as it is written. */
export interface RawDocument {
  /** Without a bare `---` line in front, so that moving a document within a file does not change it. */
  readonly text: string;
  /** Lines of the file before it. */
  readonly line: number;
}

/** `---` and `...` at the start of a line end whatever scalar they stand in, so no parser is needed to find them. */
const marker = /(?:^|\n)(---|\.\.\.)(?=[ \t\r\n]|$)/g;
const bareMarker = /^---[ \t]*\r?\n/;
const onlyPreamble = /^(?:[ \t\r]*(?:#[^\n]*)?(?:\n|$)|%[^\n]*(?:\n|$))*$/;
const blank =
  /^(?:[ \t\r]*(?:#[^\n]*)?(?:\n|$)|%[^\n]*(?:\n|$)|(?:---|\.\.\.)[ \t\r]*(?:#[^\n]*)?(?:\n|$))*$/;

/** The documents of a file that hold anything but comments, in order. */
export function splitDocuments(text: string): RawDocument[] {
  const documents: RawDocument[] = [];
  let start = 0;
  let line = 0;
  const cut = (end: number): void => {
    const chunk = text.slice(start, end);
    if (!blank.test(chunk)) {
      const bare = bareMarker.exec(chunk)?.[0].length ?? 0;
      documents.push({ text: chunk.slice(bare), line: bare === 0 ? line : line + 1 });
    }
    for (let at = chunk.indexOf('\n'); at !== -1; at = chunk.indexOf('\n', at + 1)) line++;
    start = end;
  };
  for (const match of text.matchAll(marker)) {
    const at = match[0].startsWith('\n') ? match.index + 1 : match.index;
    if (match[1] === '...') {
      const end = text.indexOf('\n', at);
      cut(end === -1 ? text.length : end + 1);
    } else if (!onlyPreamble.test(text.slice(start, at))) {
      cut(at);
    }
  }
  cut(text.length);
  return documents;
}
