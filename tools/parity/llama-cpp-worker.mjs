// Runs a GGUF file in node-llama-cpp on the CPU: reads {module, file, prompts, continuations, texts, count} as JSON from stdin, writes what llama.cpp
// says to stdout. A process of its own, so that no other native library shares it.
import { pathToFileURL } from 'node:url';

let input = '';
for await (const chunk of process.stdin) input += chunk;
const { module, file, prompts, continuations, texts, count } = JSON.parse(input);
const { getLlama } = await import(pathToFileURL(module).href);
const llama = await getLlama({ gpu: false, build: 'never', logLevel: 'error' });
const model = await llama.loadModel({ modelPath: file });
const context = await model.createContext({ contextSize: 1024, sequences: 1, threads: 1 });
const sequence = context.getSequence();
const greedy = { temperature: 0 };

/** Greedy ids after a prompt. */
async function freely(prompt) {
  await sequence.clearHistory();
  const ids = [];
  for await (const id of sequence.evaluate(prompt, { ...greedy, yieldEogToken: true })) {
    ids.push(id);
    if (ids.length >= count) break;
  }
  return ids;
}

/** The likeliest id at each position of a given continuation. */
async function led(prompt, continuation) {
  await sequence.clearHistory();
  const all = [...prompt, ...continuation].slice(0, -1);
  const asked = all.map((id, at) =>
    at < prompt.length - 1 ? id : [id, { generateNext: { token: true, options: greedy } }],
  );
  const told = await sequence.controlledEvaluate(asked);
  return told.slice(prompt.length - 1).map((each) => each?.next?.token);
}

const result = { release: llama.llamaCppRelease, freely: [], led: [], tokens: [] };
for (const [at, prompt] of prompts.entries()) {
  result.freely.push(await freely(prompt));
  result.led.push(await led(prompt, continuations[at]));
}
for (const text of texts) result.tokens.push([...model.tokenize(text, false)]);
process.stdout.write(JSON.stringify(result), () => process.exit(0));
