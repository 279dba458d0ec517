import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileDigest, writeFileAtomic } from '@moslora/checkpoint';

/** A part of a model: a file, or a folder with its weights. */
export interface ModelPart {
  name: string;
  path: string;
}

/** Files of a folder that decide what a model answers; its chat template has a hash of its own. */
const DECIDING =
  /\.(safetensors|bin|pth?|onnx)$|^((adapter_|preprocessor_|generation_|tokenizer_)?config|tokenizer|moslora)\.json$/;

/**
 * SHA-256 over the names and the SHA-256 of every file of the parts that decides what the model answers: weights, their configuration, the
 * tokenizer, what ends an answer. It does not change where a folder is moved.
 */
export async function modelHash(parts: readonly ModelPart[]): Promise<string> {
  const hash = createHash('sha256');
  const seen = new Set<string>();
  for (const { name, path } of parts) {
    const files = statSync(path).isFile()
      ? [{ name, path }]
      : readdirSync(path)
          .filter((file) => DECIDING.test(file))
          .sort()
          .map((file) => ({ name: `${name}/${file}`, path: join(path, file) }));
    for (const file of files) {
      const real = realpathSync(file.path);
      if (seen.has(real)) continue;
      seen.add(real);
      hash.update(`${file.name}\0${await digestOf(real)}\0`);
    }
  }
  return hash.digest('hex');
}

/** Digests of files by path, size and time of change: a model of many gigabytes is read once. */
async function digestOf(path: string): Promise<string> {
  const { size, mtimeMs } = statSync(path);
  const key = `${path} ${size} ${mtimeMs}`;
  const known = readKnown();
  const digest = known[key] ?? (await fileDigest(path, 'sha256'));
  if (known[key] === undefined && size >= WORTH_REMEMBERING)
    writeFileAtomic(knownFile(), `${JSON.stringify({ ...readKnown(), [key]: digest }, null, 1)}\n`);
  return digest;
}

const WORTH_REMEMBERING = 64e6;

const knownFile = (): string =>
  join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'moslora', 'file-digests.json');

function readKnown(): Record<string, string> {
  try {
    return existsSync(knownFile()) ? (JSON.parse(readFileSync(knownFile(), 'utf8')) as Record<string, string>) : {};
  } catch {
    return {}; // A cache that cannot be read is as good as none.
  }
}
