import { IMAGE_MARKER, type DatasetRow, type ImageRef, type Problem, type Turn } from '@moslora/specs';
import { findPicture } from './find-picture';

/** What a row was found to hold, before its pictures are looked for. */
export interface RowContent {
  turns: Turn[];
  /** Pictures in the order of their slots, each as {@link findPicture} takes it, or already found. */
  pictures: unknown[];
  problems: Problem[];
}

export interface RowPlace {
  /** The row's own id, where it has one. */
  id: unknown;
  /** Counted from 0. */
  index: number;
  file: string;
  /** Where relative paths of pictures start. */
  folder: string;
  /** What becomes of pictures that no slot stands for: see `slotOption`. */
  slots: 'as-written' | 'first';
}

/** The sample of a row: pictures found, answers before the first question dropped, slots put in where that was asked for. */
export function sampleOfRow({ turns, pictures, problems }: RowContent, place: RowPlace): DatasetRow {
  const id = idOf(place);
  const images: ImageRef[] = [];
  const found = [...problems];
  for (const picture of pictures) {
    const each = findPicture(picture, place.folder);
    if ('image' in each) images.push(each.image);
    else found.push(each.problem);
  }
  if (found.length > 0) {
    const where = `${place.file}, row ${place.index + 1}, sample ${id}`;
    return {
      id,
      problems: found.map((problem) => ({ ...problem, where: problem.where ? `${where}, ${problem.where}` : where })),
    };
  }
  const first = turns.findIndex(({ role }) => role !== 'assistant');
  const kept = turns.slice(Math.max(0, first));
  return {
    id,
    problems: [],
    sample: { id, images, turns: place.slots === 'first' ? slotsFirst(kept, images.length) : kept },
  };
}

function idOf({ id, index, file }: RowPlace): string {
  if (typeof id === 'string' && id !== '') return id;
  if (typeof id === 'number' || typeof id === 'bigint') return String(id);
  return `${file.split(/[\\/]/).at(-1)}:${index + 1}`;
}

/** Slots before the first question where the turns have none. */
function slotsFirst(turns: readonly Turn[], pictures: number): Turn[] {
  const written = turns.some(({ text }) => text.includes(IMAGE_MARKER));
  const at = turns.findIndex(({ role }) => role === 'user');
  if (written || pictures === 0 || at < 0) return [...turns];
  return turns.map((turn, index) => (index === at ? { ...turn, text: withSlots(turn.text, pictures) } : turn));
}

/** A text with this many slots before it, each on a line of its own. */
export function withSlots(text: string, pictures: number): string {
  return `${`${IMAGE_MARKER}\n`.repeat(pictures)}${text}`.trimEnd();
}
