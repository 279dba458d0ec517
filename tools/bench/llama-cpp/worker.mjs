// Times greedy decoding in node-llama-cpp on the CPU: reads {module, file, prompt, count, threads} as JSON from its last argument, prints
// {release, system, seconds} as one line of JSON: seconds from the prompt to the first token, then between tokens. A process of its own, so that no
// other native library shares it.
import { pathToFileURL } from 'node:url';

const { module, file, prompt, count, threads } = JSON.parse(process.argv.at(-1));
const { getLlama } = await import(pathToFileURL(module).href);
const llama = await getLlama({ gpu: false, build: 'never', logLevel: 'error', maxThreads: threads });
const model = await llama.loadModel({ modelPath: file });
const room = Math.ceil((prompt.length + count + 1) / 256) * 256;
const context = await model.createContext({
  contextSize: room,
  sequences: 1,
  threads: { ideal: threads, min: threads },
});
const sequence = context.getSequence();

async function answer(most) {
  await sequence.clearHistory();
  const seconds = [];
  let last = performance.now();
  for await (const _ of sequence.evaluate(prompt, { temperature: 0, yieldEogToken: true })) {
    seconds.push((performance.now() - last) / 1000);
    if (seconds.length >= most) break;
    last = performance.now();
  }
  if (seconds.length < most) throw new Error(`llama.cpp ended after ${seconds.length} of ${most} tokens`);
  return seconds;
}

await answer(3); // what later answers find prepared
const seconds = await answer(count);
const told = {
  release: llama.llamaCppRelease.release,
  system: llama.systemInfo,
  threads: context.currentThreads,
  seconds,
};
process.stdout.write(`${JSON.stringify(told)}\n`, () => process.exit(0));
