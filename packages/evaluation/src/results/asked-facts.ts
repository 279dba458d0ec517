import type { Asked, Provenance, TableProvenance } from '@moslora/specs';

/**
 * What of a way of asking makes other answers, named and in words: runs whose facts differ are not put together. The model is not among
 * them, nor how many questions are asked.
 */
export function askedFacts({
  model,
  template,
  system,
  prompt,
  decoding,
  blind,
  data,
  computed,
}: Asked): Record<string, string> {
  const absent = model ? 'none' : 'not known';
  return {
    'data (MD5)': data.md5,
    template: template ? `${template.name} (${template.sha256?.slice(0, 12) ?? 'not known'})` : absent,
    'system text': system === undefined && !model ? absent : JSON.stringify(system ?? ''),
    'prompt style': prompt ?? absent,
    decoding: decoding ?? 'not known',
    pictures: blind ? 'blank' : 'as they are',
    precision: computed?.precision ?? 'not known',
    engine: computed ? engineText(computed) : 'not known',
  };
}

/** The SHA-256 of the model that was asked. */
export const modelFact = ({ model }: Asked): string => model?.sha256 ?? 'not known';

/** What of a result makes its figures what they are, the model apart. */
export function resultFacts(provenance: Provenance): Record<string, string> {
  return { ...scoringFacts(provenance), ...askedFacts(provenance) };
}

/** How answers are read and scored. */
export function scoringFacts({ rules = 'none', scoring, judge = 'none' }: TableProvenance): Record<string, string> {
  return { 'inference rules': rules, scoring, judge };
}

/** `native on cpu, TensorFlow 2.21.0, kernels avx512bf16` */
function engineText({ backend, device, library, kernels }: NonNullable<Asked['computed']>): string {
  return `${backend} on ${device}, ${library}, kernels ${kernels}`;
}

/** What to do where a fact differs that nobody gave on the command line. */
export const sameEngine: Readonly<Record<string, string>> = {
  precision: 'give --precision as it was',
  engine: 'run where it was run; MOSLORA_CPU_LEVEL and MOSLORA_KERNELS choose other kernels',
};
