import { readFileSync } from 'node:fs';
import { LineCounter, parseDocument, type Document, isMap, isScalar, isSeq, type Node } from 'yaml';
import type { z } from 'zod';
import { fail, type Problem } from './problem';
import { zodProblems } from './zod-problems';

/** A YAML text with the place of everything in it, so that problems can name file, line and column. */
export class YamlText {
  readonly value: unknown;
  private readonly lines = new LineCounter();
  private readonly document: Document;

  /** @throws UserError with every syntax error, each at its line and column. */
  constructor(
    text: string,
    readonly file: string,
  ) {
    const document = parseDocument(text, { lineCounter: this.lines, prettyErrors: false, merge: true });
    this.document = document;
    const problems = document.errors.map((error) => ({
      what: `YAML cannot be read: ${error.message}`,
      where: this.at(error.pos[0]),
      got: text.split('\n')[this.lines.linePos(error.pos[0]).line - 1]?.trim(),
      expected: 'YAML 1.2',
      fix: 'look at the indentation, the quotes and the colons at this place',
    }));
    if (problems.length > 0) fail(problems);
    this.value = document.toJS() as unknown;
  }

  /** @throws UserError when the file cannot be read or is not YAML. */
  static open(file: string): YamlText {
    return new YamlText(readText(file), file);
  }

  /** `file:line:column` of a path's value or key, or of the nearest thing around it that exists. */
  where(path: readonly PropertyKey[], of: 'key' | 'value' = 'value'): string {
    let node: unknown = this.document.contents;
    let start = 0;
    for (const [depth, key] of path.entries()) {
      const pair = isMap(node)
        ? node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key))
        : undefined;
      const next: unknown = isSeq(node) ? node.items[Number(key)] : pair?.value;
      if (next === undefined || next === null) {
        if (pair) start = offset(pair.key, start);
        break;
      }
      const last = depth === path.length - 1;
      start = last && of === 'key' && pair ? offset(pair.key, start) : offset(next, start);
      node = next;
    }
    return this.at(start);
  }

  /** Whether something stands at this path. */
  has(path: readonly PropertyKey[]): boolean {
    return this.document.hasIn(path);
  }

  /** Every way in which the text, or `value` in its place, fails the schema. */
  problems(schema: z.ZodType, value: unknown = this.value, where = this.where.bind(this)): Problem[] {
    const result = schema.safeParse(value);
    return result.success ? [] : zodProblems(result.error.issues, { value, schema, where });
  }

  /** The checked value, defaults filled in. @throws UserError with all problems at once. */
  parse<T>(schema: z.ZodType<T>): T {
    const problems = this.problems(schema);
    if (problems.length > 0) fail(problems);
    return schema.parse(this.value);
  }

  private at(position: number): string {
    const { line, col } = this.lines.linePos(position);
    return `${this.file}:${Math.max(line, 1)}:${Math.max(col, 1)}`;
  }
}

/**
 * Reads a YAML file and checks it against a schema.
 * @throws UserError with every problem at once, each with file:line:column, the value found, what was expected and what to do.
 */
export function readYaml<T>(file: string, schema: z.ZodType<T>): T {
  return YamlText.open(file).parse(schema);
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    return fail({
      what: code === 'ENOENT' ? 'file not found' : `file cannot be read (${code ?? String(error)})`,
      where: file,
      expected: 'a YAML file',
      fix: code === 'ENOENT' ? 'check the path' : 'check its permissions',
    });
  }
}

function offset(node: unknown, otherwise: number): number {
  return (node as Node | undefined)?.range?.[0] ?? otherwise;
}
