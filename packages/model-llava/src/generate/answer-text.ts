import type { Tokenizer } from '@moslora/tokenization';
import { StopStrings } from './stop-strings';
import { TextPieces } from './text-pieces';

/** An answer, whole. */
export interface Answer {
  text: string;
  /** All ids that were generated, those that made it stop included. */
  ids: number[];
  /** `stop`: a stop id or string came; `length`: it may not be longer. */
  finish: 'stop' | 'length';
}

/** The ids that end an answer: those given, and those of stop strings that are single tokens. */
export function stopIds(tokenizer: Tokenizer, stop: readonly number[], stopStrings: readonly string[]): number[] {
  return [...stop, ...stopStrings.flatMap((string) => tokenizer.id(string) ?? [])];
}

/** One answer growing, id by id. */
export class AnswerText {
  finish: Answer['finish'] | undefined;
  private readonly ids: number[] = [];
  private text = '';
  private readonly pieces: TextPieces;
  private readonly strings: StopStrings;

  constructor(
    tokenizer: Tokenizer,
    stopStrings: readonly string[],
    private readonly stop: ReadonlySet<number>,
  ) {
    this.pieces = new TextPieces(tokenizer);
    this.strings = new StopStrings(stopStrings);
  }

  /** The text that is sure with this id. */
  push(id: number, end: false | 'stop' | 'length'): string {
    this.ids.push(id);
    // A stop id is no text, even where it is no special token.
    let sure = this.stop.has(id) ? '' : this.strings.push(this.pieces.push(id));
    if (end && !this.strings.found) sure += this.strings.push(this.pieces.end());
    if (end && !this.strings.found) sure += this.strings.end();
    this.finish = this.strings.found ? 'stop' : end || undefined;
    this.text += sure;
    return sure;
  }

  answer(): Answer {
    return { text: this.text, ids: this.ids, finish: this.finish ?? 'length' };
  }
}
