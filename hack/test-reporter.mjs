// A reporter for `node --test`: a dot a test, failures in full as they come, the counts into a file for the summary.
import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { inspect } from 'node:util';

export default async function* report(events) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  let column = 0;
  for await (const { type, data } of events) {
    if (type === 'test:fail') {
      // A parent that fails only since a child did says nothing new.
      if (data.details.error?.failureType === 'subtestsFailed') continue;
      counts.failed++;
      const { error } = data.details;
      yield `${column > 0 ? '\n' : ''}FAIL ${relative('.', data.file ?? '')}:${
        data.line ?? 0
      } ${data.name}\n`;
      yield `${inspect(error?.cause ?? error).replaceAll(/^/gm, '    ')}\n`;
      column = 0;
    } else if (type === 'test:pass' && data.details.type !== 'suite' && !isWholeFile(data)) {
      if (data.skip === undefined && data.todo === undefined) counts.passed++;
      else counts.skipped++;
      yield column++ % 100 === 99 ? '.\n' : '.';
    } else if (type === 'test:stderr') {
      yield data.message;
    }
  }
  yield '\n';
  if (process.env.DRAGOMAN_TEST_RESULTS) {
    writeFileSync(process.env.DRAGOMAN_TEST_RESULTS, JSON.stringify(counts));
  }
}

/** Node reports a file without tests of its own as one passed test named by its path. */
function isWholeFile({ name, file, nesting }) {
  return nesting === 0 && file !== undefined && file.endsWith(name);
}
