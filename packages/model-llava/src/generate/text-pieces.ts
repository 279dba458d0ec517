import type { Tokenizer } from '@moslora/tokenization';

/** Ids are decoded together with so many before them, at most; what goes before decides about leading spaces. */
const CONTEXT = 16;
/** What a decoder gives for bytes that are no whole character (yet). */
const INCOMPLETE = /\ufffd+$/;

/**
 * The text of ids as they come, in pieces: a character that spans several tokens is held back until it is whole. The pieces together
 * are the decoded whole.
 */
export class TextPieces {
  private ids: number[] = [];
  /** Characters of `ids`' text that were handed out. */
  private given = 0;

  constructor(private readonly tokenizer: Pick<Tokenizer, 'decode'>) {}

  /** What the id adds to the text: maybe nothing. */
  push(id: number): string {
    this.ids.push(id);
    const text = this.tokenizer.decode(this.ids);
    const whole = text.replace(INCOMPLETE, '');
    const piece = whole.slice(this.given);
    this.given = Math.max(this.given, whole.length);
    if (whole === text && this.ids.length > 2 * CONTEXT) this.forget();
    return piece;
  }

  /** What is left when no more ids come: bytes that made no character. */
  end(): string {
    const rest = this.tokenizer.decode(this.ids).slice(this.given);
    this.ids = [];
    this.given = 0;
    return rest;
  }

  /** Drops ids whose text was given, as long as the rest reads the same without them. */
  private forget(): void {
    const all = this.tokenizer.decode(this.ids);
    const kept = this.ids.slice(-CONTEXT);
    const text = this.tokenizer.decode(kept);
    // A text that begins otherwise (a leading space stripped) is the end of the whole nevertheless.
    if (text === '' || text.startsWith('\ufffd') || !all.endsWith(text)) return;
    this.ids = kept;
    this.given = text.length;
  }
}
