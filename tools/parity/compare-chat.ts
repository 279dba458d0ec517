import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { writeDecoder, type GgufDecoderShape } from '@moslora/gguf';
import { familyFor } from '@moslora/model-llava';
import type { Turn } from '@moslora/specs';
import { loadTokenizer } from '@moslora/tokenization';
import { tinyFamilies, writeTinyFamily } from './random-families';

// Whether llama.cpp puts conversations as tuning did, from the chat template in a GGUF file: of the folders that chat-prompts.ts wrote, each as a tiny
// random decoder. Conversations without pictures, said as texts and in parts; the texts, and what the file's tokenizer makes of them.
//   npm install --ignore-scripts @fugood/llama.node      in a folder of its own
//   npx tsx tools/parity/compare-chat.ts LLAMA_NODE_FOLDER FOLDER...
// Exit code 1 where a text differs.

interface Prompt {
  turns: Turn[];
  text: string;
  ids: number[];
}
interface Told {
  build: { number: string };
  jinja: boolean;
  chats: { text?: string; ids?: number[]; error?: string }[];
}

const [installed, ...folders] = process.argv.slice(2);
if (installed === undefined || folders.length === 0) {
  console.error('usage: npx tsx tools/parity/compare-chat.ts LLAMA_NODE_FOLDER FOLDER...');
  process.exit(2);
}

async function ask(model: string, conversations: object[][]): Promise<Told> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'chat-worker.mjs')], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  child.stdin.end(JSON.stringify({ module: join(resolve(installed!), 'node_modules'), model, conversations }));
  let out = '';
  for await (const chunk of child.stdout) out += String(chunk);
  return JSON.parse(out.slice(out.indexOf('\n{') + 1)) as Told; // after what the library itself says
}

const asTexts = (turns: readonly Turn[]): object[] => turns.map(({ role, text }) => ({ role, content: text }));
const asParts = (turns: readonly Turn[]): object[] =>
  turns.map(({ role, text }) => ({ role, content: text.split('\n').map((line) => ({ type: 'text', text: line })) }));

for (const folder of folders) {
  const dir = mkdtempSync(join(tmpdir(), 'chat-'));
  const tokenizer = loadTokenizer(folder);
  const json = { ...tinyFamilies['LLaMA'], hidden_size: 32, num_hidden_layers: 1, vocab_size: tokenizer.vocabSize };
  const weights = await writeTinyFamily(dir, json, 1);
  const family = await familyFor('llama', folder);
  const shape: GgufDecoderShape = family.check(weights, json, { where: folder });
  const template = readFileSync(join(folder, 'chat_template.jinja'), 'utf8');
  const model = join(dir, 'model.gguf');
  writeDecoder(model, {
    weights,
    family: 'llama',
    shape,
    type: 'F16',
    name: 'tiny',
    tokenizer: folder,
    chat: { template },
  });
  weights.close();
  const prompts = readFileSync(join(folder, 'prompts.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Prompt)
    .filter(({ text }) => !text.includes('<image>'));
  const {
    build,
    jinja,
    chats: told,
  } = await ask(model, [...prompts.map(({ turns }) => asTexts(turns)), ...prompts.map(({ turns }) => asParts(turns))]);
  rmSync(dir, { recursive: true });
  // Where the tokenizer puts a first token by itself, llama.cpp takes it off the text, and puts it before the ids when it answers.
  const first = tokenizer.leadingId;
  const chats = told.map(({ text = '', ids = [], error }, at) => {
    const taken = first !== undefined && tokenizer.token(first)! + text === prompts[at % prompts.length]!.text;
    return taken ? { text: tokenizer.token(first)! + text, ids: [first, ...ids] } : { text, ids, error };
  });
  const put = chats.filter(({ text }, at) => text === prompts[at % prompts.length]!.text).length;
  const same = chats.filter(({ ids }, at) => ids.join() === prompts[at % prompts.length]!.ids.join()).length;
  const odd = chats.findIndex(({ text }, at) => text !== prompts[at % prompts.length]!.text);
  console.log(
    `${basename(folder)}: ${put} of ${chats.length} texts, ${same} of ${chats.length} ids (llama.cpp ${build.number}, takes the template: ${jinja})`,
    ...(odd < 0 ? [] : [JSON.stringify([chats[odd], prompts[odd % prompts.length]!.text])]),
  );
  if (put < chats.length) process.exitCode = 1;
}
