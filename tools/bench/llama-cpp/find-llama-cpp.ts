import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** An installed node-llama-cpp. */
export interface LlamaCpp {
  /** What a program imports. */
  module: string;
  version: string;
}

/** node-llama-cpp in the node_modules of a folder, MOSLORA_LLAMA_CPP's where none is named; else why there is none. */
export function findLlamaCpp(folder = process.env['MOSLORA_LLAMA_CPP']): LlamaCpp | { missing: string } {
  const how =
    'npm install --ignore-scripts --prefix FOLDER node-llama-cpp (725 MB), then name FOLDER with --llama-cpp or in MOSLORA_LLAMA_CPP';
  if (!folder) return { missing: `no folder of node-llama-cpp is named: ${how}` };
  const place = join(resolve(folder), 'node_modules', 'node-llama-cpp');
  const about = join(place, 'package.json');
  if (!existsSync(about)) return { missing: `${folder} has no node-llama-cpp in its node_modules: ${how}` };
  const { version } = JSON.parse(readFileSync(about, 'utf8')) as { version: string };
  return { module: join(place, 'dist', 'index.js'), version };
}
