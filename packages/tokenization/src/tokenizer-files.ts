import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readJson } from '@moslora/checkpoint';
import { fail } from '@moslora/specs';
import { z } from 'zod';
import { readChatTemplates } from './chat/read-chat-templates';

export interface TokenizerFiles {
  /** Path of the tokenizer.json. */
  path: string;
  tokenizer: Record<string, unknown>;
  /** tokenizer_config.json beside it; empty where there is none. */
  config: Record<string, unknown>;
  /** The model's own chat templates, in Jinja, by name; the one meant first. */
  chatTemplates: Map<string, string>;
}

/**
 * Reads tokenizer.json (a file, or the folder that holds it), and the tokenizer_config.json and chat templates beside it.
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
  const tokenizer = readJson(path, z.looseObject({}));
  if (typeof tokenizer['model'] !== 'object' || tokenizer['model'] === null) {
    fail({
      what: 'not a tokenizer.json',
      where: path,
      got: `the keys ${Object.keys(tokenizer).join(', ') || '(none)'}`,
      expected: 'a `model` with its vocabulary',
    });
  }
  const beside = join(dirname(path), 'tokenizer_config.json');
  const config = existsSync(beside) ? readJson(beside, z.looseObject({})) : {};
  return { path, tokenizer, config, chatTemplates: readChatTemplates(dirname(path), config) };
}
