import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fail } from '@moslora/specs';

export interface TokenizerFiles {
  /** Path of the tokenizer.json. */
  path: string;
  tokenizer: Record<string, unknown>;
  /** tokenizer_config.json beside it; empty where there is none. */
  config: Record<string, unknown>;
}

/**
 * Reads tokenizer.json (a file, or the folder that holds it) and the tokenizer_config.json beside it.
 * @throws UserError when there is no such file, it is no JSON, or it lacks `model`.
 */
export function readTokenizerFiles(pathOrFolder: string): TokenizerFiles {
  if (!existsSync(pathOrFolder)) {
    fail({
      what: 'no tokenizer here',
      where: pathOrFolder,
      expected: 'a tokenizer.json, or the folder that holds one',
    });
  }
  const path = statSync(pathOrFolder).isDirectory() ? join(pathOrFolder, 'tokenizer.json') : pathOrFolder;
  if (!existsSync(path)) {
    fail({
      what: 'the folder holds no tokenizer.json',
      where: pathOrFolder,
      fix: 'a folder with only tokenizer.model (SentencePiece) needs converting once: load it with transformers and save_pretrained',
    });
  }
  const tokenizer = readObject(path);
  if (typeof tokenizer['model'] !== 'object' || tokenizer['model'] === null) {
    fail({
      what: 'not a tokenizer.json',
      where: path,
      got: `the keys ${Object.keys(tokenizer).join(', ') || '(none)'}`,
      expected: 'a `model` with its vocabulary',
    });
  }
  const beside = join(dirname(path), 'tokenizer_config.json');
  return { path, tokenizer, config: existsSync(beside) ? readObject(beside) : {} };
}

export function readObject(path: string): Record<string, unknown> {
  const text = readFileSync(path, 'utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    fail({
      what: 'not valid JSON',
      where: path,
      got: (error as Error).message,
      fix: 'the file may be cut short: get it again',
    });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    fail({ what: 'not a JSON object', where: path, got: JSON.stringify(value).slice(0, 60) });
  }
  return value as Record<string, unknown>;
}
