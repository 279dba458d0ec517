import { finding, type Finding } from './finding';

/** A sample with what tells it from others. */
export interface KnownSample {
  data: string;
  id: string;
  heldOut: boolean;
  /** Hash of its roles and texts. */
  text: string;
  /** Of each of its pictures the hash, or where it cannot be read its place. */
  pictures: string[];
}

/**
 * Samples that occur twice in the training data, ids that do, and held-out samples that the training data knows: by a picture, or, where the
 * pictures are the same or there are none, by the whole text. The same question about another picture is no leak.
 */
export function compareSamples(samples: readonly KnownSample[]): Finding[] {
  const trained = samples.filter(({ heldOut }) => !heldOut);
  const [ids, wholes, pictures] = [
    new Map<string, KnownSample>(),
    new Map<string, KnownSample>(),
    new Map<string, KnownSample>(),
  ];
  const found: Finding[] = [];
  for (const sample of trained) {
    const place = { data: sample.data, sample: sample.id };
    const twin = wholes.get(wholeOf(sample));
    const named = ids.get(sample.id);
    if (twin)
      found.push(
        finding('duplicate', place, { what: 'the sample occurs twice in the training data', got: spell(twin) }),
      );
    else if (named)
      found.push(finding('duplicate-id', place, { what: 'two samples have the same id', got: spell(named) }));
    if (!twin) wholes.set(wholeOf(sample), sample);
    if (!named) ids.set(sample.id, sample);
    for (const picture of sample.pictures) if (!pictures.has(picture)) pictures.set(picture, sample);
  }
  for (const sample of samples.filter(({ heldOut }) => heldOut)) {
    const place = { data: sample.data, sample: sample.id };
    const twin = wholes.get(wholeOf(sample));
    const shared = sample.pictures.map((hash) => pictures.get(hash)).find((other) => other);
    const fix = 'take it out of the training data, or out of the held-out data';
    if (twin)
      found.push(
        finding('leaked-text', place, { what: 'a held-out sample is in the training data', got: spell(twin), fix }),
      );
    else if (shared)
      found.push(
        finding('leaked-picture', place, {
          what: 'the picture of a held-out sample is in the training data',
          got: spell(shared),
          fix,
        }),
      );
  }
  return found;
}

/** Questions of a benchmark whose picture the training data has. @param questions by their index, each with its picture's hash */
export function compareTested(
  data: string,
  questions: readonly { id: string; picture: string }[],
  samples: readonly KnownSample[],
): Finding[] {
  const trained = new Map<string, KnownSample>();
  for (const sample of samples)
    for (const picture of sample.heldOut ? [] : sample.pictures)
      if (!trained.has(picture)) trained.set(picture, sample);
  return questions.flatMap(({ id, picture }) => {
    const shared = trained.get(picture);
    const what = 'the picture of a question that is scored is in the training data';
    const fix = 'take it out of the training data, or say with the scores that it was in it';
    return shared ? [finding('leaked-benchmark', { data, sample: id }, { what, got: spell(shared), fix })] : [];
  });
}

function wholeOf({ text, pictures }: KnownSample): string {
  return [text, ...pictures].join(' ');
}

function spell({ data, id }: KnownSample): string {
  return `${id} of ${data}`;
}
