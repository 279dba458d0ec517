import type { PageData } from '@moslora/page';

/** Of each benchmark, how many of a page's questions have lost their pictures; of those that have not, nothing. */
function lostPictures({
  benchmarks,
  questions,
}: PageData): { name: string; title: string; lost: number; of: number }[] {
  const counted = benchmarks.map((each) => ({ ...each, lost: 0, of: 0 }));
  for (const { benchmark, pictureLost } of questions) {
    counted[benchmark]!.of += 1;
    if (pictureLost) counted[benchmark]!.lost += 1;
  }
  return counted.filter(({ lost }) => lost > 0);
}

/** What a page says above its figures where questions have lost their pictures. */
export const lostPictureNotes = (data: PageData): string[] =>
  lostPictures(data).map(
    ({ title, lost, of }) =>
      `${title}: pictures of ${lost} of ${of} questions were gone, or could not be read, when this page was written; these questions are shown without.`,
  );

/** The same for the log of who writes the page. @param reasons by benchmark */
export const lostPictureWarnings = (data: PageData, reasons: ReadonlyMap<string, string>): string[] =>
  lostPictures(data).map(
    ({ name, lost, of }) =>
      `warning: ${lost} of ${of} questions of ${name} are on the page without their pictures: ${reasons.get(name) ?? 'not known why'}`,
  );
