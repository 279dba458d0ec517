// Runs a GGUF model with its mmproj file in @fugood/llama.node on the CPU: reads {module, model, mmproj, prompts: [{text, picture}], count} as JSON
// from stdin, writes {build, answers: [{text, first}]} to stdout: the greedy continuation, and the ten highest likelihoods of its first token.
import { createRequire } from 'node:module';

let input = '';
for await (const chunk of process.stdin) input += chunk;
const { module, model, mmproj, prompts, count } = JSON.parse(input);
const { loadModel, BuildInfo } = createRequire(`${module}/`)('@fugood/llama.node');
const context = await loadModel({
  ...{ model, n_ctx: 2048, n_gpu_layers: 0, n_threads: 2, ctx_shift: false },
  ...{ cache_type_k: 'f32', cache_type_v: 'f32', flash_attn_type: 'off' },
});
if (!(await context.initMultimodal({ path: mmproj, use_gpu: false }))) throw new Error('the mmproj file was not taken');
// Its list of likelihoods goes on from answer to answer: the last entry is the newest.
const answers = [];
const whole = { top_k: 0, top_p: 1, min_p: 0, typical_p: 1, penalty_repeat: 1 };
for (const { text, picture } of prompts) {
  const asked = { ...whole, prompt: text, media_paths: [picture] };
  context.clearCache(true);
  const { text: answer } = await context.completion({ ...asked, n_predict: count, temperature: 0, top_k: 1 });
  context.clearCache(true);
  const told = await context.completion({ ...asked, n_predict: 1, temperature: 1, n_probs: 10, seed: 1 });
  answers.push({ text: answer, first: (told.completion_probabilities?.at(-1)?.probs ?? []).map(({ prob }) => prob) });
}
process.stdout.write(JSON.stringify({ build: BuildInfo, answers }), () => process.exit(0));
