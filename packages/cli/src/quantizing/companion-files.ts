import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Weights in any format, their indices, and what the new folder gets a version of its own of. */
const others =
  /\.(safetensors|bin|pt|pth|ckpt|gguf|ggml|onnx|onnx_data|h5|msgpack|ot|npz|tflite|mlmodel|zip|tar|gz|npy)$|\.index\.json$|^config\.json$|^\./i;

/** Larger files are no part of what a folder needs beside its weights: tokenizers go up to some 35 MB. */
const mostBytes = 100e6;

/**
 * The files that belong to a model beside config.json and weights: tokenizer, chat template, preprocessor and generation
 * settings, a model's own code, licence and card.
 */
export function companionFiles(folder: string): string[] {
  return readdirSync(folder)
    .filter((file) => !others.test(file))
    .map((file) => join(folder, file))
    .filter((path) => {
      const stat = statSync(path, { throwIfNoEntry: false });
      return stat?.isFile() === true && stat.size <= mostBytes;
    });
}
