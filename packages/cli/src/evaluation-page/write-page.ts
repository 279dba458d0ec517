import { join } from 'node:path';
import { writeFileAtomic } from '@moslora/checkpoint';
import { bundledScript } from '@moslora/page/bundle';
import { pageData, readRuns, type ResultFolder } from './collect-page';
import { evaluationPage } from './page';
import { pagePictures, type PictureReports } from './page-pictures';

export interface PageOptions extends PictureReports {
  /** Leave the pictures out. */
  pictures?: boolean | undefined;
  title?: string | undefined;
  /** File name; report.html. */
  name?: string | undefined;
}

/** Writes the page about up to six runs into a folder. @returns its path @throws UserError where a folder has no results */
export async function writeEvaluationPage(
  runs: readonly ResultFolder[],
  into: string,
  { pictures = true, title, name = 'report.html', ...reports }: PageOptions = {},
): Promise<string> {
  const read = readRuns(runs);
  const data = pageData(read);
  const shown = pictures ? await pagePictures(read, data, reports) : [];
  const path = join(into, name);
  writeFileAtomic(path, evaluationPage(read, data, { pictures: shown, script: await questionsScript(), title }));
  return path;
}

/** The script that shows the page's questions. */
export const questionsScript = (): Promise<string> => bundledScript(join(import.meta.dirname, 'client/main.ts'));
