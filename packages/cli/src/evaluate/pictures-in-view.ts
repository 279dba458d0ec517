import type { NamedPicture } from '@moslora/images';
import { type ImageRef, UserError } from '@moslora/specs';
import { tf } from '@moslora/runtime';
import { mostWaiting } from '../tuning/live-features';
import { PicturesAhead } from '../tuning/pictures-ahead';
import type { Eyes } from './answerer';
import { reasonOf } from './reason';

/** Pictures that the tower sees at a time. */
const TOGETHER = 32;
/** Memory that the features of a window may take. */
const WINDOW_BYTES = 256e6;

/** Pictures whose features are in memory at a time, of so many bytes each. */
export function mostInView(bytes: number): number {
  return Math.max(TOGETHER, Math.floor(WINDOW_BYTES / bytes));
}

/** A picture to see. */
export interface Sight {
  id: string;
  /** The row it is named by in messages. */
  key: string;
  /** @throws UserError where there is none */
  image(): ImageRef;
}

/** Features of the pictures of one window at a time; those of the next are prepared by worker threads meanwhile. */
export class PicturesInView {
  private readonly ahead: PicturesAhead;
  private readonly named = new Map<string, NamedPicture | UserError>();
  private features = new Map<string, Float32Array>();

  constructor(private readonly eyes: Eyes) {
    this.ahead = new PicturesAhead(eyes.processor, { most: mostWaiting(eyes.processor.size) });
  }

  /** Distinct pictures that a window may have. */
  get most(): number {
    return mostInView(4 * this.eyes.shape[0] * this.eyes.shape[1]);
  }

  /**
   * Puts these pictures in view, in place of those before.
   * @param next what will be in view after them
   * @returns why pictures could not be seen, by id
   */
  async see(sights: readonly Sight[], next: readonly Sight[] = []): Promise<Map<string, string>> {
    const there = new Set([...sights, ...next].map(({ id }) => id));
    for (const id of this.named.keys()) if (!there.has(id)) this.named.delete(id);
    const named = [...sights, ...next].map((sight) => this.name(sight));
    this.ahead.expect(named.filter((each): each is NamedPicture => !(each instanceof UserError)));
    this.features = new Map();
    const failed = new Map<string, string>();
    for (let start = 0; start < sights.length; start += TOGETHER) {
      const seen: { id: string; pixels: Float32Array }[] = [];
      for (const sight of sights.slice(start, start + TOGETHER)) {
        try {
          seen.push({ id: sight.id, pixels: await this.pixels(sight) });
        } catch (error) {
          if (!(error instanceof UserError)) throw error;
          failed.set(sight.id, reasonOf(error));
        }
      }
      this.keep(
        seen.map(({ id }) => id),
        this.eyes.see(seen.map(({ pixels }) => pixels)),
      );
    }
    return failed;
  }

  /** Features (P, N, D) of pictures in view, in this order. */
  read(ids: readonly string[]): tf.Tensor3D {
    const [patches, width] = this.eyes.shape;
    const each = patches * width;
    const data = new Float32Array(ids.length * each);
    ids.forEach((id, index) => data.set(this.features.get(id)!, index * each));
    return tf.tensor3d(data, [ids.length, patches, width]);
  }

  async close(): Promise<void> {
    await this.ahead.close();
  }

  private async pixels(sight: Sight): Promise<Float32Array> {
    const named = this.name(sight);
    if (named instanceof UserError) throw named;
    return this.ahead.take(named);
  }

  private name(sight: Sight): NamedPicture | UserError {
    const known = this.named.get(sight.id);
    if (known) return known;
    const named = nameOf(sight);
    this.named.set(sight.id, named);
    return named;
  }

  private keep(ids: readonly string[], features: Float32Array): void {
    const each = this.eyes.shape[0] * this.eyes.shape[1];
    ids.forEach((id, index) => this.features.set(id, features.slice(index * each, (index + 1) * each)));
  }
}

function nameOf({ key, image }: Sight): NamedPicture | UserError {
  try {
    return { image: image(), sample: key };
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
}
