import { fail, listNames, mixerNames, type AdapterConfig, type StageConfigOf } from '@moslora/specs';

/** One thing that a study compares: what of the stage is other than in the pipeline. */
export interface Variant {
  /** In kebab case. */
  name: string;
  adapter: AdapterConfig;
  /** The part of the training data that is taken; 1. */
  fraction: number;
}

/** A question about the mixer, and the runs that answer it. */
export interface StudyKind {
  title: string;
  /** The variant that the others are held against. */
  reference: string;
  variants(adapter: AdapterConfig): Variant[];
}

/** The adapter's sizes and places, whatever its method. */
function shared({ rank, alpha, dropout, targets, aInit, rankPattern, alphaPattern }: AdapterConfig) {
  return { rank, alpha, dropout, targets, aInit, rankPattern, alphaPattern, rankStabilized: false, loraPlusRatio: 1 };
}

const lora = (from: AdapterConfig): AdapterConfig => ({ method: 'lora', ...shared(from) });
const moslora = (from: AdapterConfig): AdapterConfig =>
  from.method === 'moslora' ? from : { method: 'moslora', ...shared(from), mixer: 'kaiming', trainMixer: true };

export const studyKinds: Readonly<Record<string, StudyKind>> = {
  'mixer-init': {
    title: 'How the mixer starts',
    reference: 'kaiming',
    variants: (adapter) =>
      mixerNames.map((mixer) => {
        const { method: _, ...sizes } = moslora(adapter);
        return { name: mixer, adapter: { ...sizes, method: 'moslora', mixer, trainMixer: true }, fraction: 1 };
      }),
  },
  methods: {
    title: 'LoRA, two-subspaces mixing and MoSLoRA',
    reference: 'lora',
    variants: (adapter) => [
      { name: 'lora', adapter: lora(adapter), fraction: 1 },
      { name: 'two-subspaces', adapter: { method: 'two-subspaces', ...shared(adapter) }, fraction: 1 },
      { name: 'moslora', adapter: moslora(adapter), fraction: 1 },
    ],
  },
  samples: {
    title: 'Fewer samples',
    reference: 'lora-100',
    variants: (adapter) =>
      [100, 50, 30, 10].flatMap((percent) => [
        { name: `lora-${percent}`, adapter: lora(adapter), fraction: percent / 100 },
        { name: `moslora-${percent}`, adapter: moslora(adapter), fraction: percent / 100 },
      ]),
  },
};

/** What a variant is held against: LoRA with as many samples where samples are studied, else the study's reference. */
export function referenceOf(kind: StudyKind, variant: string): string {
  const percent = /^(?:mos)?lora-(\d+)$/.exec(variant)?.[1];
  return percent === undefined ? kind.reference : `lora-${percent}`;
}

/** @throws UserError that lists the studies */
export function studyKind(name: string): StudyKind {
  const known = Object.keys(studyKinds);
  return (
    studyKinds[name] ??
    fail({
      what: 'there is no such study',
      where: 'the command line',
      got: name,
      expected: `one of ${listNames(known)}`,
    })
  );
}

/** The stage that a study varies. */
export type StudiedStage = StageConfigOf<'instruct'>;
