import { readFileSync } from 'node:fs';
import { buildPrompt, promptStyles } from '@moslora/evaluation';
import { asPng } from '@moslora/images';
import type { AskedQuestions, ShownPicture } from '@moslora/server';
import { UserError, type ImageRef } from '@moslora/specs';
import { benchmarkNames, pageData, readRuns, type ResultFolder } from '../evaluation-page/collect-page';
import { questionSource } from '../evaluation-page/question-source';

/** Beginnings of pictures that browsers show as they are. */
const shownAsIs: readonly [RegExp, ShownPicture['type']][] = [
  [/^\x89PNG\r\n/, 'image/png'],
  [/^\xff\xd8\xff/, 'image/jpeg'],
  [/^RIFF[^]{4}WEBP/, 'image/webp'],
  [/^GIF8[79]a/, 'image/gif'],
];

/** What finished evaluation runs left, for the server's page. @throws UserError where a folder holds no finished run */
export async function readAskedQuestions(folders: readonly ResultFolder[]): Promise<AskedQuestions> {
  const runs = readRuns(folders);
  const data = pageData(runs);
  const names = benchmarkNames(runs);
  const sources = await Promise.all(names.map((name) => questionSource(runs, name)));
  const matter = (place: number) => {
    const { benchmark, key } = data.questions[place]!;
    return sources[benchmark]!.matter(key);
  };
  return {
    data,
    missing: sources.map(({ missing }) => missing),
    asked: (place, run) => {
      const { benchmark, question, options } = data.questions[place]!;
      const { prompt } = runs[run]!.results.get(names[benchmark]!)?.provenance ?? {};
      const style = promptStyles.find((known) => known === prompt) ?? 'vlmevalkit';
      return matter(place)?.asked?.(style) ?? (options ? buildPrompt({ question, options }, style) : question);
    },
    picture: async (place) => {
      try {
        const ref = matter(place)?.image();
        return ref && (await shownPicture(ref));
      } catch (error) {
        if (error instanceof UserError) return undefined;
        throw error;
      }
    },
  };
}

/** The file as it is where browsers know its format, so that who sends it asks about the same picture; else as PNG. */
async function shownPicture(ref: ImageRef): Promise<ShownPicture> {
  const bytes = 'bytes' in ref ? ref.bytes : ref.slice ? undefined : readFileSync(ref.path);
  const start = bytes && Buffer.from(bytes.subarray(0, 16)).toString('latin1');
  const known = shownAsIs.find(([format]) => start !== undefined && format.test(start));
  return bytes && known ? { type: known[1], bytes } : { type: 'image/png', bytes: await asPng(ref) };
}
