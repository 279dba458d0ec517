// Puts conversations by a GGUF file's chat template in @fugood/llama.node: reads {module, model, conversations: [[{role, content}]]} as JSON from
// stdin, writes {build, chats: [{text, ids} | {error}]} to stdout.
import { createRequire } from 'node:module';

let input = '';
for await (const chunk of process.stdin) input += chunk;
const { module, model, conversations } = JSON.parse(input);
const { loadModel, BuildInfo } = createRequire(`${module}/`)('@fugood/llama.node');
const context = await loadModel({ model, n_ctx: 512, n_gpu_layers: 0, n_threads: 1 });
const chats = [];
for (const messages of conversations) {
  try {
    const { prompt: text } = context.getFormattedChat(messages, undefined, {
      jinja: true,
      add_generation_prompt: true,
    });
    chats.push({ text, ids: [...(await context.tokenize(text)).tokens] });
  } catch (error) {
    chats.push({ error: error.message });
  }
}
const jinja = context.isJinjaSupported();
process.stdout.write('\n' + JSON.stringify({ build: BuildInfo, jinja, chats }), () => process.exit(0));
