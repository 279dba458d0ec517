import type { PageData } from '@moslora/page';

/** A picture as a browser shows it. */
export interface ShownPicture {
  type: 'image/png' | 'image/jpeg' | 'image/webp' | 'image/gif';
  bytes: Uint8Array;
}

/** Questions that runs were asked in evaluations, with what each answered, for the page. Questions go by their place in `data`. */
export interface AskedQuestions {
  data: PageData;
  /** Of each benchmark, why its questions are without their pictures; undefined where they are not. */
  missing: readonly (string | undefined)[];
  /** The text that a run gave its model. */
  asked(place: number, run: number): string;
  /** Undefined where the picture is not there, or cannot be read. */
  picture(place: number): Promise<ShownPicture | undefined>;
}
