import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import type { Turn } from '@moslora/specs';

/** What is asked of llama.cpp about one GGUF file. */
export interface Asked {
  file: string;
  /** Ids. */
  prompts: readonly (readonly number[])[];
  /** What a prompt is led along, to see the next token at each of its positions. */
  continuations: readonly (readonly number[])[];
  /** Cut into ids by the file's tokenizer. */
  texts?: readonly string[];
  /** Put into ids by the file's chat template, up to where an answer begins. */
  conversations?: readonly (readonly Turn[])[];
  /** Ids whose logits are told, by prompt and position; with the likeliest of all. */
  watched?: readonly (readonly (readonly number[])[])[];
  /** Most tokens of an answer. */
  count: number;
  /** Keys and values in float32, attention in separate steps. By default llama.cpp keeps them in float16 and does as it finds best. */
  float32Cache?: boolean;
}

export interface Told {
  release: { release: string };
  /** Greedy ids after each prompt. */
  freely: number[][];
  /** The likeliest id at each position of the continuation. */
  led: (number | undefined)[][];
  /** [id, logit] of the watched ids and the likeliest, by prompt and position. */
  logits: [id: number, logit: number][][][];
  tokens: number[][];
  chats: number[][];
}

/** Asks node-llama-cpp, installed in a folder's node_modules, in a process of its own. */
export async function askLlamaCpp(installed: string, asked: Asked): Promise<Told> {
  const module = join(resolve(installed), 'node_modules/node-llama-cpp/dist/index.js');
  const child = spawn(process.execPath, [join(import.meta.dirname, 'llama-cpp-worker.mjs')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(JSON.stringify({ ...asked, module, file: resolve(asked.file) }));
  let out = '';
  for await (const chunk of child.stdout) out += String(chunk);
  return JSON.parse(out) as Told;
}

/** llama.cpp ends where the model ends its answer; ours goes on. */
export function isPrefix(ids: readonly number[], of: readonly number[]): boolean {
  return ids.length > 0 && ids.every((id, at) => id === of[at]);
}
