import type { ErrorResponseOverride } from '../../lib/api/legacy/mod.ts';
import type { ErrorResponse } from '../../lib/model/mod.ts';
import { formatProblem } from './formats.ts';

export interface ErrorResponses {
  readonly responses: readonly ErrorResponse[];
  /** By the index of the override: it is left out. */
  readonly problems: readonly { readonly index: number; readonly message: string }[];
}

/** Other bodies for errors. Whatever is wrong with one leaves the body as it comes. */
export function errorResponsesOf(overrides: readonly ErrorResponseOverride[]): ErrorResponses {
  const responses: ErrorResponse[] = [];
  const problems: { index: number; message: string }[] = [];
  for (const [index, { onStatusCode: status, body }] of overrides.entries()) {
    const { textFormat, jsonFormat, textFormatSource, contentType } = body;
    const given = [textFormat, jsonFormat, textFormatSource].filter((each) => each !== undefined);
    const formats = [textFormat ?? '', ...Object.values(jsonFormat ?? {})];
    const forbidden = formats.map(formatProblem).find((problem) => problem !== undefined);
    const problem = given.length !== 1
      ? 'A body has one of text_format, json_format and text_format_source.'
      : textFormatSource !== undefined
      ? `Files of the proxy such as ${textFormatSource.filename} are not read; write the text in text_format.`
      : forbidden === undefined
      ? undefined
      : `The body ${forbidden}.`;
    if (problem !== undefined) {
      problems.push({ index, message: problem });
      continue;
    }
    responses.push({
      status,
      body: jsonFormat === undefined
        ? { type: 'text', format: textFormat ?? '' }
        : { type: 'json', fields: jsonFormat },
      ...(contentType === undefined ? {} : { contentType }),
    });
  }
  return { responses, problems };
}
