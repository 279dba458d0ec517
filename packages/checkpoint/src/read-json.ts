import { readFileSync } from 'node:fs';
import { fail, type Problem } from '@moslora/specs';
import type { z } from 'zod';
import { jsonErrorIndex, lineAndColumn } from './json-position';

/** Reads a JSON file and checks it against `schema`. Syntax errors come with line and column, schema errors all at once. */
export function readJson<T>(path: string, schema: z.ZodType<T>): T {
  const value = parseJson(readText(path), path);
  const result = schema.safeParse(value);
  return result.success ? result.data : fail(issueProblems(result.error, path, value));
}

function readText(path: string): string {
  try {
    const text = readFileSync(path, 'utf8');
    return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const got = code === 'ENOENT' ? 'no such file' : code === 'EISDIR' ? 'a folder' : message;
    return fail({ what: 'The JSON file cannot be read', where: path, got, fix: 'check the path' });
  }
}

/** Parses JSON; a syntax error becomes a UserError naming `path`, line and column. */
export function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const index = jsonErrorIndex(text) ?? text.length;
    const { line, column } = lineAndColumn(text, index);
    const rest = text.slice(index, index + 24).split('\n')[0];
    const got = index >= text.length ? 'the end of the file' : JSON.stringify(rest);
    return fail({
      what: 'The file is not valid JSON',
      where: `${path}:${line}:${column}`,
      got,
      fix: 'mend the file at that place',
    });
  }
}

/** The mistakes zod found, one problem each, with the place in the file and the value that stands there. */
export function issueProblems(error: z.ZodError, path: string, value: unknown): Problem[] {
  return error.issues.slice(0, 20).map((issue) => {
    const found = issue.path.reduce<unknown>(
      (at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key],
      value,
    );
    const place = issue.path.length > 0 ? `${path}, ${issue.path.map(String).join('.')}` : path;
    const got = found === undefined ? 'nothing' : (JSON.stringify(found) ?? String(found)).slice(0, 80);
    return { what: 'A value in the file does not fit', where: place, got, expected: issue.message };
  });
}
