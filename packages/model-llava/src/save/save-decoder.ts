import { copyFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { withNewFolder, writeFileAtomic, writeShardedSafetensors } from '@moslora/checkpoint';
import type { Decoder } from '@moslora/decoder';
import { tokenizerFiles } from './tokenizer-files';

/** What a decoder's folder holds besides its weights. */
export interface DecoderFiles {
  /** config.json of what the decoder was loaded from, parsed. */
  config: Record<string, unknown>;
  /** Folder whose tokenizer goes along. */
  tokenizer: string;
  /** Largest file of weights, in bytes; default 5 GB. */
  maxShardBytes?: number;
}

/**
 * Writes a decoder that learns as a Hugging Face folder: `config.json`, `model.safetensors` (shards where it would be large) with its
 * weights in float32, and the tokenizer's files. The folder appears whole or not at all, and loads back to the last bit.
 */
export async function saveDecoderFolder(decoder: Decoder, dir: string, files: DecoderFiles): Promise<void> {
  const tensors = decoder
    .parameters()
    .filter(({ group }) => group === 'decoder')
    .map(({ name, value }) => ({
      ...{ name, dtype: 'F32' as const, shape: value.shape },
      data: () => value.dataSync<'float32'>(),
    }));
  const { dtype: _, torch_dtype: __, quantization_config: ___, ...config } = files.config;
  await withNewFolder(dir, (temporary) => {
    writeShardedSafetensors(temporary, tensors, { maxShardBytes: files.maxShardBytes, metadata: { format: 'pt' } });
    for (const file of tokenizerFiles) {
      const from = join(files.tokenizer, file);
      if (existsSync(from)) copyFileSync(from, join(temporary, file));
    }
    writeFileAtomic(
      join(temporary, 'config.json'),
      `${JSON.stringify({ ...config, torch_dtype: 'float32' }, null, 2)}\n`,
    );
  });
}
