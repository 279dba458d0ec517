import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { checkRows, datasetFolder, fail, readDatasetJson, requirePictures } from '@moslora/specs';
import { z } from 'zod';

export const origin =
  'get train2017.zip, val2017.zip and annotations_trainval2017.zip from https://cocodataset.org/#download, and put train2017/, val2017/ ' +
  'and captions_{train,val}2017.json under MOSLORA_DATA/coco-mini; any part of the pictures with their rows will do';

const fileSchema = z.object({ images: z.unknown(), annotations: z.unknown() });
const imageSchema = z.object({ id: z.int(), file_name: z.string().min(1) });
const captionSchema = z.object({ id: z.int(), image_id: z.int(), caption: z.string().trim().min(1) });

export interface CaptionedPicture {
  id: number;
  picture: string;
  /** In the order of the file; at least one. */
  captions: string[];
}

/** The captioned pictures of a part, in the file's order. @throws UserError for missing or malformed files. */
export function readCaptions(root: string, part: 'train2017' | 'val2017'): CaptionedPicture[] {
  const dir = datasetFolder(root, { folders: ['coco-mini', 'coco'], marker: part, origin });
  const name = `captions_${part}.json`;
  const upstream = join(dir, 'annotations', name);
  const path = existsSync(upstream) ? upstream : join(dir, name);
  const content = fileSchema.safeParse(readDatasetJson(path, origin));
  if (!content.success)
    fail({
      what: 'the file is no COCO caption file',
      where: path,
      expected: 'an object with images and annotations',
      fix: origin,
    });
  const images = checkRows(path, content.data.images, imageSchema, 'images');
  const captions = checkRows(path, content.data.annotations, captionSchema, 'annotations');
  const pictures = new Map(
    images.map(({ id, file_name }) => [id, { id, picture: join(dir, part, file_name), captions: [] as string[] }]),
  );
  const lost = captions.filter(({ image_id, caption }) => {
    const picture = pictures.get(image_id);
    picture?.captions.push(caption);
    return !picture;
  });
  if (lost.length > 0) {
    const got = lost
      .slice(0, 20)
      .map(({ id, image_id }) => `caption ${id} of picture ${image_id}`)
      .join(', ');
    fail({
      what: `${lost.length} captions belong to no picture of the file`,
      where: path,
      got,
      fix: 'take them out, or add the pictures',
    });
  }
  const captioned = [...pictures.values()].filter((picture) => picture.captions.length > 0);
  requirePictures(
    captioned.map(({ picture }) => picture),
    origin,
  );
  return captioned;
}
