import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { startEngine } from '@moslora/kernels';
import { generate, loadDecoder, textSpeaker } from '@moslora/model-llava';
import type { Turn } from '@moslora/specs';
import { encodePrompt, loadTokenizer, templateFromFolder } from '@moslora/tokenization';
import { modelPlace } from '../../packages/cli/src/merging/model-place';
import { Reporter } from '../../packages/cli/src/progress/reporter';
import { askLlamaCpp, isPrefix } from './llama-cpp';

// Holds GGUF folders that `moslora export --as gguf` wrote against the model they are of: 20 prompts, greedy, in llama.cpp and here.
//   npm install --ignore-scripts node-llama-cpp     in a folder of its own: it takes 725 MB
//   npx tsx tools/parity/compare-gguf.ts NODE_LLAMA_CPP_FOLDER MODEL FOLDER...
// MODEL is PIPELINE:STAGE or a folder, base and adapter as they are. Exit code 1 where F16 continues a prompt otherwise, or Q8_0 agrees on less than 95 % of the tokens.

const questions = [
  ...['What colour is the sky?', 'Name three shapes.', 'How many sides has a square?', 'What is two plus three?'],
  ...[
    'Describe a red circle.',
    'Which is larger, a cat or a house?',
    'Write a short greeting.',
    'What comes after Monday?',
  ],
  ...['你好', '天空是什么颜色？', '请介绍一下你自己。', '一加一等于几？', '红色的圆形在哪里？', '春天有什么特点？'],
  ...[
    'List four fruits.',
    'What do bees make?',
    'Is water wet?',
    'Tell me a story about a dog.',
    'What is the capital of France?',
  ],
  'Explain 3 * (4 + 5) = 27.',
];
const count = 24;
const conversations: Turn[][] = [
  ...questions.map((text): Turn[] => [{ role: 'user', text }]),
  ...questions
    .slice(2)
    .map((text, at): Turn[] => [
      ...(at % 2 ? [{ role: 'system' as const, text: 'Be brief.' }] : []),
      { role: 'user', text: questions[at]! },
      { role: 'assistant', text: questions[at + 1]! },
      { role: 'user', text },
    ]),
];

const [installed, model, ...folders] = process.argv.slice(2);
if (installed === undefined || model === undefined || folders.length === 0) {
  console.error('usage: npx tsx tools/parity/compare-gguf.ts NODE_LLAMA_CPP_FOLDER MODEL FOLDER...');
  process.exit(2);
}
await startEngine();
const place = modelPlace(model, {}, { reporter: new Reporter(process.stderr), signal: new AbortController().signal });
const tokenizer = loadTokenizer(folders[0]!);
const template = templateFromFolder(folders[0]!, tokenizer);
const prompts = questions.map((text) => encodePrompt(tokenizer, template, [{ role: 'user', text }], { images: 0 }));
const decoder = await loadDecoder(place.decoder);
const continuations = await generate(textSpeaker(decoder), prompts, {}, { maxNewTokens: count, stop: [] });
decoder.dispose();

let wrong = false;
for (const folder of folders) {
  const file = readdirSync(folder).find((name) => name.endsWith('.gguf'));
  if (file === undefined) throw new Error(`${folder} holds no .gguf file`);
  const told = await askLlamaCpp(installed, {
    file: join(folder, file),
    prompts,
    continuations,
    texts: questions,
    conversations,
    count,
  });
  const same = told.freely.filter((ids, at) => isPrefix(ids, continuations[at]!)).length;
  const pairs = told.led.flatMap((ids, at) => ids.map((id, k) => id === continuations[at]![k]));
  const agreeing = pairs.filter(Boolean).length;
  const cut = told.tokens.filter((ids, at) => ids.join() === tokenizer.encode(questions[at]!).join()).length;
  const chats = conversations.map((turns) => encodePrompt(tokenizer, template, turns, { images: 0 }).join());
  const put = told.chats.filter((ids, at) => ids.join() === chats[at]).length;
  console.log(
    `${file}: ${same} of ${prompts.length} prompts continued with equal tokens; led along our continuations, ` +
      `${agreeing} of ${pairs.length} tokens (${((100 * agreeing) / pairs.length).toFixed(1)} %); ${cut} of ${questions.length} texts cut equally; ${put} of ${chats.length} conversations put equally by its chat template (llama.cpp ${JSON.stringify(told.release)})`,
  );
  const ok = /F16/.test(file) ? same === prompts.length : !/Q8_0/.test(file) || agreeing >= 0.95 * pairs.length;
  wrong ||= !ok || cut < questions.length || put < chats.length;
}
process.exitCode = wrong ? 1 : 0;
