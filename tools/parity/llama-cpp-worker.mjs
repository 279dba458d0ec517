// Runs a GGUF file in node-llama-cpp on the CPU: reads what llama-cpp.ts calls Asked as JSON from stdin, with `module`, and writes Told to stdout.
// A process of its own, so that no other native library shares it.
import { pathToFileURL } from 'node:url';

let input = '';
for await (const chunk of process.stdin) input += chunk;
const {
  module,
  file,
  prompts,
  continuations,
  texts = [],
  conversations = [],
  watched,
  count,
  float32Cache = false,
} = JSON.parse(input);
const { getLlama, JinjaTemplateChatWrapper } = await import(pathToFileURL(module).href);
const llama = await getLlama({ gpu: false, build: 'never', logLevel: 'error' });
const model = await llama.loadModel({ modelPath: file });
const exact = { flashAttention: false, experimentalKvCacheKeyType: 'F32', experimentalKvCacheValueType: 'F32' };
const settings = { contextSize: 1024, sequences: 1, threads: 1, ...(float32Cache && exact) };
const context = await model.createContext(settings);
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

/** The likeliest id at each position of a given continuation, and the logits of watched ones. */
async function led(prompt, continuation, watchedIds) {
  await sequence.clearHistory();
  const all = [...prompt, ...continuation].slice(0, -1);
  const asked = all.map((id, at) => {
    const position = at - prompt.length + 1;
    if (position < 0) return id;
    const tokens = watchedIds?.[position];
    const logits = tokens && { logits: { filter: { tokens, includeTop: 1 } } };
    return [id, { generateNext: { token: true, options: greedy, ...logits } }];
  });
  const told = (await sequence.controlledEvaluate(asked)).slice(prompt.length - 1);
  return {
    ids: told.map((each) => each?.next?.token),
    logits: watchedIds ? told.map((each) => [...each.next.logits]) : [],
  };
}

const result = { release: llama.llamaCppRelease, freely: [], led: [], logits: [], tokens: [], chats: [] };
for (const [at, prompt] of prompts.entries()) {
  result.freely.push(await freely(prompt));
  const { ids, logits } = await led(prompt, continuations[at], watched?.[at]);
  result.led.push(ids);
  result.logits.push(logits);
}
for (const text of texts) result.tokens.push([...model.tokenize(text, false)]);
for (const turns of conversations) {
  const { chat_template: template } = model.fileInfo.metadata.tokenizer;
  const wrapper = new JinjaTemplateChatWrapper({ template, tokenizer: model.tokenizer });
  const chatHistory = turns.map(({ role, text }) =>
    role === 'assistant' ? { type: 'model', response: [text] } : { type: role, text },
  );
  const { contextText } = wrapper.generateContextState({
    chatHistory: [...chatHistory, { type: 'model', response: [] }],
  });
  result.chats.push([...contextText.tokenize(model.tokenizer)]);
}
process.stdout.write(JSON.stringify(result), () => process.exit(0));
