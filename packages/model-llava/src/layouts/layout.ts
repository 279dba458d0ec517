import type { ImageProcessor } from '@moslora/images';
import type { Activation } from '@moslora/vision-encoder';

/** A tower or a decoder: where its tensors are and what its configuration says. */
export interface PartPlace {
  /** Folder (or safetensors file) with its tensors; other parts may lie there too. */
  weights: string;
  /** Its config.json, parsed. */
  config: Record<string, unknown>;
  /** File and key of the configuration, for errors. */
  where: string;
  /** PEFT folder of an adapter that belongs on it. */
  adapter?: string | undefined;
}

export interface ProjectorPlace {
  /** Folder or safetensors file; undefined where a fresh one is to be made. */
  weights: string | undefined;
  activation: Activation;
  /** What its configuration says of it; undefined where only the tensors tell. */
  depth?: number | undefined;
  bias?: boolean | undefined;
}

/** Where the parts of a LLaVA are and how they go together, whatever the layout of the folder that said so. */
export interface LlavaLayout {
  name: 'huggingface' | 'original' | 'xtuner' | 'parts';
  decoder: PartPlace;
  tower: PartPlace;
  projector: ProjectorPlace;
  /** Hidden state(s) of the tower that the projector gets. */
  featureLayer: number | number[];
  featureSelect: 'default' | 'full';
  /** Side of the squares of neighbouring patches that are averaged into one; 1 where it is left out. */
  pool?: number | undefined;
  /** Side of the pictures, where it is not the tower's: its position embeddings are interpolated. */
  imageSize?: number | undefined;
  /** An id of the vocabulary that stands for a patch, where the model has one. */
  imageTokenId: number | undefined;
  /** Folder of the tokenizer. */
  tokenizer: string;
  /** How its pictures are prepared. @throws UserError where no preprocessor_config.json says so */
  processor(): ImageProcessor;
}

/** What a person may say of a folder that does not hold all of its parts. */
export interface PartsGiven {
  /** Folder of the decoder (xtuner's layout). */
  base?: string | undefined;
  /** Folder of the vision tower (the original and xtuner's layout). */
  tower?: string | undefined;
  /** An id of the vocabulary that stands for a patch, where the folder names none (the original and xtuner's layout). */
  imageTokenId?: number | undefined;
}
