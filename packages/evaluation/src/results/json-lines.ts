import { appendFileSync, existsSync, mkdirSync, readFileSync, truncateSync } from 'node:fs';
import { dirname } from 'node:path';
import { writeFileAtomic } from '@moslora/checkpoint';
import { fail } from '@moslora/specs';
import type { z } from 'zod';

/**
 * A file of one JSON object a line that grows while work goes on. A last line that was cut short by a kill is removed; a whole line of
 * another shape is an error.
 */
export class JsonLines<T> {
  constructor(
    readonly path: string,
    private readonly schema: z.ZodType<T>,
  ) {}

  /** What is there. @throws UserError naming the line that cannot be read */
  read(): T[] {
    if (!existsSync(this.path)) return [];
    const text = readFileSync(this.path, 'utf8');
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    if (whole.length < text.length) truncateSync(this.path, Buffer.byteLength(whole));
    return whole
      .split('\n')
      .slice(0, -1)
      .map((line, i) => this.parse(line, i + 1));
  }

  /** Adds lines, all in one write. */
  append(values: readonly T[]): void {
    if (values.length === 0) return;
    mkdirSync(dirname(this.path), { recursive: true });
    appendFileSync(this.path, values.map((value) => `${JSON.stringify(value)}\n`).join(''));
  }

  /** Writes these lines in place of those there, all or none. */
  replace(values: readonly T[]): void {
    writeFileAtomic(this.path, values.map((value) => `${JSON.stringify(value)}\n`).join(''));
  }

  private parse(line: string, number: number): T {
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch (error) {
      return this.broken(number, (error as Error).message);
    }
    const checked = this.schema.safeParse(value);
    return checked.success ? checked.data : this.broken(number, checked.error.issues[0]?.message ?? 'another shape');
  }

  private broken(number: number, got: string): never {
    return fail({
      what: 'a line cannot be read',
      where: `${this.path}:${number}`,
      got,
      fix: 'remove this line, or the file to start over',
    });
  }
}
