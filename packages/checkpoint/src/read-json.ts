import { readFileSync } from 'node:fs';
import { fail, spell, zodProblems, type Problem } from '@moslora/specs';
import { z } from 'zod';
import { jsonErrorIndex, lineAndColumn } from './json-position';

/** Reads a JSON file and checks it against `schema`. Syntax errors come with line and column, schema errors all at once. */
export function readJson<T>(path: string, schema: z.ZodType<T>): T {
  const value = parseJson(readText(path), path);
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  return fail(issueProblems(result.error, path, value, schema));
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

/** The first 20 mistakes zod found in `value`, each with its place in the file; `schema` lets unknown keys list the known ones. */
export function issueProblems(
  error: z.ZodError,
  path: string,
  value: unknown,
  schema: z.ZodType = z.unknown(),
): Problem[] {
  const where = (at: readonly PropertyKey[]): string => (at.length > 0 ? `${path}, ${spell(at)}` : path);
  return zodProblems(error.issues, { value, schema, where }).slice(0, 20);
}
