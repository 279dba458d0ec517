import type { ImageRef, Sample } from '@moslora/specs';
import type { StageData } from '../inspect/stage-data';
import { pictureKey } from '../tuning/feature-store';
import type { OpenPart } from '../tuning/mixture';
import { CheckPool } from './check-pool';
import type { CheckedPicture, CheckedSample } from './check-request';
import { compareSamples, compareTested, type KnownSample } from './compare-samples';
import { checkOf, finding, type Finding } from './finding';
import { readPart } from './read-part';
import type { TestedPictures, Tests } from './tested-pictures';

/** How much of one part of the data was looked at. */
export interface PartCounts {
  data: string;
  use: 'training' | 'held out' | 'benchmark';
  rows: number;
  pictures: number;
  errors: number;
  warnings: number;
}

export interface Validation {
  parts: PartCounts[];
  /** Benchmarks that are not there, so that nothing is known of their pictures. */
  unread: Tests['unread'];
  findings: Finding[];
  samples: number;
  /** Distinct ones, each decoded once. */
  pictures: number;
  /** Positions of the longest sample. */
  longest: number;
  seconds: number;
}

export interface ValidateOptions {
  /** Rows of each part to look at; all. */
  limit?: number | undefined;
  threads?: number | undefined;
  /** What is scored later, whose pictures training must not see. */
  tests?: Tests;
  onProgress?(done: number, total: number): void;
}

interface Entry {
  data: string;
  heldOut: boolean;
  sample: Sample;
}

/** Looks at everything that a stage trains on, is validated and scored by, before any of it: what {@link checks} names. */
export async function validateStage(stage: StageData, options: ValidateOptions = {}): Promise<Validation> {
  const began = performance.now();
  const { tested, unread } = options.tests ?? { tested: [], unread: [] };
  const findings: Finding[] = [];
  const parts: PartCounts[] = [];
  const entries: Entry[] = [];
  const all = [
    ...stage.parts.map((open) => ({ open, heldOut: false })),
    ...stage.heldOut.map((open) => ({ open, heldOut: true })),
  ];
  for (const { open, heldOut } of all) {
    const data = nameOf(open);
    const rows = await readPart(open, Math.min(open.part.limit ?? Infinity, options.limit ?? Infinity));
    for (const { id, problems, sample } of rows) {
      findings.push(...problems.map((problem) => finding('malformed-row', { data, sample: id }, problem)));
      if (sample) entries.push({ data, heldOut, sample });
    }
    const pictures = rows.reduce((sum, { sample }) => sum + (sample?.images.length ?? 0), 0);
    parts.push({ data, use: heldOut ? 'held out' : 'training', rows: rows.length, pictures, errors: 0, warnings: 0 });
  }
  for (const { data, rows, pictures } of tested)
    parts.push({ data, use: 'benchmark', rows, pictures: pictures.length, errors: 0, warnings: 0 });
  const { samples, pictures } = await checkAll(entries, tested, stage, options);
  findings.push(
    ...entries.flatMap((entry, index) => findingsOf(entry, samples[index]!, pictures, stage.options.maxLength)),
  );
  const known = entries.map((entry, index) => knownOf(entry, samples[index]!, pictures));
  findings.push(...compareSamples(known), ...tested.flatMap((test) => leaksInto(test, known, pictures)));
  for (const part of parts) {
    const own = findings.filter(({ data }) => data === part.data);
    part.errors = own.filter(({ severity }) => severity === 'error').length;
    part.warnings = own.length - part.errors;
  }
  return {
    ...{ parts, unread, findings, samples: entries.length, pictures: pictures.size },
    longest: samples.reduce((most, { length }) => Math.max(most, length ?? 0), 0),
    seconds: (performance.now() - began) / 1000,
  };
}

function nameOf({ dataset, source }: OpenPart): string {
  return `${dataset.name}/${source.split}`;
}

async function checkAll(
  entries: readonly Entry[],
  tested: readonly TestedPictures[],
  { options }: StageData,
  { threads, onProgress }: ValidateOptions,
): Promise<{ samples: CheckedSample[]; pictures: Map<string, CheckedPicture> }> {
  const named = [
    ...entries.flatMap(({ sample: { id, images } }) => images.map((image) => ({ image, sample: id }))),
    ...tested.flatMap(({ data, pictures }) => pictures.map(({ key, image }) => ({ image, sample: `${data} ${key}` }))),
  ];
  const total = entries.length + new Set(named.map(({ image }) => pictureKey(image))).size;
  let done = 0;
  const pool = new CheckPool({
    setup: { ...options, tokenizer: options.tokenizer.path },
    threads,
    onDone: (count) => onProgress?.((done += count), total),
  });
  try {
    const [samples, pictures] = await Promise.all([
      pool.samples(entries.map(({ sample }) => sample)),
      pool.pictures(named),
    ]);
    return { samples, pictures };
  } finally {
    await pool.close();
  }
}

function findingsOf(
  { data, sample }: Entry,
  { problems, length }: CheckedSample,
  pictures: ReadonlyMap<string, CheckedPicture>,
  maxLength: number,
): Finding[] {
  const place = { data, sample: sample.id };
  const seen = new Set(sample.images.map(pictureKey));
  const broken = [...seen].flatMap((key) => {
    const checked = pictures.get(key)!;
    return 'problems' in checked ? checked.problems : [];
  });
  const found = [...problems, ...broken].map((problem) =>
    finding(problem.what.includes('too long') ? 'too-long' : checkOf(problem), place, problem),
  );
  if (problems.length > 0 || length === undefined || length <= maxLength) return found;
  const what = 'the sample is longer than train.maxLength, and its end is cut';
  return [...found, finding('cut', place, { what, got: `${length} positions`, expected: `at most ${maxLength}` })];
}

function knownOf(
  { data, heldOut, sample }: Entry,
  { text }: CheckedSample,
  checked: ReadonlyMap<string, CheckedPicture>,
): KnownSample {
  return { data, id: sample.id, heldOut, text, pictures: sample.images.map((image) => hashOf(image, checked)) };
}

/** A picture's hash, or where it cannot be read its place. */
function hashOf(image: ImageRef, checked: ReadonlyMap<string, CheckedPicture>): string {
  const found = checked.get(pictureKey(image))!;
  return 'hash' in found ? found.hash : pictureKey(image);
}

function leaksInto(
  { data, pictures }: TestedPictures,
  known: readonly KnownSample[],
  checked: ReadonlyMap<string, CheckedPicture>,
): Finding[] {
  return compareTested(
    data,
    pictures.map(({ key, image }) => ({ id: key, picture: hashOf(image, checked) })),
    known,
  );
}
