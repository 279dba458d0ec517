/** What a file says of a vision tower with its projector, beside their tensors. */
export interface GgufVisionShape {
  /** Dv */
  hiddenSize: number;
  intermediateSize: number;
  /** Encoder layers of the tower. */
  layers: number;
  heads: number;
  /** S */
  imageSize: number;
  /** P */
  patchSize: number;
  layerNormEps: number;
  /** Between the two halves of a layer's MLP. llama.cpp computes both gelu by tanh. */
  activation: 'gelu' | 'quick_gelu' | 'gelu_pytorch_tanh';
  /** Per channel, in units of 0..1: (x - mean) / std. */
  mean: readonly number[];
  std: readonly number[];
  /** Hidden states that the projector gets, joined in this order; 0 is the embeddings. Rising. */
  featureLayers: readonly number[];
  /** D of the decoder. */
  projectionSize: number;
}

/**
 * Layers whose tensors the file has. llama.cpp takes the state before the last layer of a file that does not say which; so the file has one
 * layer more than the state asked for, where the tower has it, and readers of either kind come to the same.
 */
export function writtenLayers({ layers, featureLayers }: GgufVisionShape): number {
  return Math.min(Math.max(...featureLayers) + 1, layers);
}

/** Why llama.cpp would not compute what a tower of this shape does, a clause each; empty where it would. */
export function unwritable({ featureLayers, hiddenSize, intermediateSize }: GgufVisionShape): string[] {
  const rising = featureLayers.every((layer, at) => at === 0 || layer > featureLayers[at - 1]!);
  return [
    ...(rising
      ? []
      : [
          `its features are of the layers ${featureLayers.join(', ')}, and are joined in rising order, each once, there`,
        ]),
    // Old files have the two names exchanged; the shapes tell them apart.
    ...(hiddenSize === intermediateSize
      ? [`both halves of its MLPs are ${hiddenSize} x ${hiddenSize}, and would be taken for each other`]
      : []),
  ];
}
