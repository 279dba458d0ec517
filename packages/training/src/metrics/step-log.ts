import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { writeFileAtomic } from '@moslora/checkpoint';

/** A file of one JSON object a line, each about an optimiser step: appended as steps are made, cut back to the checkpoint on resume. */
export class StepLog<Line extends { step: number }> {
  constructor(private readonly path: string) {}

  /** All whole lines; a last line cut short by a kill is dropped. */
  read(): Line[] {
    if (!existsSync(this.path)) return [];
    const lines = readFileSync(this.path, 'utf8').split('\n');
    return lines.slice(0, -1).map((line) => JSON.parse(line) as Line);
  }

  append(line: Line): void {
    appendFileSync(this.path, JSON.stringify(line) + '\n');
  }

  /** Keeps the lines up to and including `step`. */
  cutBackTo(step: number): void {
    if (!existsSync(this.path)) return;
    const kept = this.read().filter((line) => line.step <= step);
    writeFileAtomic(this.path, kept.map((line) => JSON.stringify(line) + '\n').join(''));
  }
}
