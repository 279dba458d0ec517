import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { checkRows, datasetFolder, fail, listNames, readDatasetJson, requirePictures } from '@moslora/specs';
import { rowSchema, type LlavaRow } from './conversation';

export const origin =
  'get blip_laion_cc_sbu_558k.json and images.zip from the Hugging Face dataset liuhaotian/LLaVA-Pretrain, unpacked under ' +
  'MOSLORA_DATA/llava-pretrain (pictures in images/); a smaller JSON of the same form will do';

export interface Caption {
  row: LlavaRow;
  /** Path of the picture; undefined for text-only rows. */
  picture: string | undefined;
}

/** All rows with their pictures' paths. @throws UserError for missing or malformed files. */
export function readCaptions(root: string): Caption[] {
  const folders = ['llava-pretrain', 'llava-pretrain-2k', 'LLaVA-Pretrain'];
  const dir = datasetFolder(root, { folders, marker: 'images', origin });
  const path = join(dir, jsonFile(dir));
  const captions = checkRows(path, readDatasetJson(path, origin), rowSchema).map((row) => ({
    row,
    picture: row.image === undefined ? undefined : pictureOf(dir, row.image),
  }));
  requirePictures(
    captions.flatMap(({ picture }) => picture ?? []),
    origin,
  );
  return captions;
}

function jsonFile(dir: string): string {
  const files = readdirSync(dir).filter((name) => name.endsWith('.json') && !name.endsWith('_meta.json'));
  const [only] = files;
  if (only !== undefined && files.length === 1) return only;
  return fail({
    what: 'it is not clear which file holds the captions',
    where: dir,
    got: listNames(files),
    expected: 'one .json file, such as blip_laion_cc_sbu_558k.json',
    fix: files.length === 0 ? origin : 'leave one of them there',
  });
}

function pictureOf(dir: string, image: string): string {
  const inside = join(dir, 'images', image);
  const beside = join(dir, image);
  return !existsSync(inside) && existsSync(beside) ? beside : inside;
}
