/** llama.cpp's names of the families that are written here, by Hugging Face's model_type. */
export const families = { llama: 'llama', internlm2: 'internlm2', qwen2: 'qwen2', qwen3: 'qwen3' } as const;
export type GgufFamily = keyof typeof families;

/** What a file says of a decoder's maths: as `parseLlamaConfig` and its like give it. */
export interface GgufDecoderShape {
  /** D */
  hiddenSize: number;
  /** V */
  vocabSize: number;
  layers: number;
  maxPositions: number;
  intermediateSize: number;
  heads: number;
  kvHeads: number;
  /** K */
  headDim: number;
  rmsNormEps: number;
  tieWordEmbeddings: boolean;
  rope: GgufRope | { type: 'dynamic' | 'yarn'; theta: number };
}

/** How fast positions turn. */
export type GgufRope =
  | { type: 'default'; theta: number }
  | { type: 'linear'; theta: number; factor: number }
  | {
      type: 'llama3';
      theta: number;
      factor: number;
      lowFreqFactor: number;
      highFreqFactor: number;
      originalMaxPositions: number;
    };
