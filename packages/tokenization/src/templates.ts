import { fail } from '@moslora/specs';
import type { MarkerTemplate } from './template';

const chatml = {
  system: '<|im_start|>system\n{s}<|im_end|>\n',
  user: '<|im_start|>user\n{q}<|im_end|>\n<|im_start|>assistant\n',
  suffix: '<|im_end|>',
  separator: '\n',
  stop: ['<|im_end|>'],
};

/** The templates known by name. Sources: LLaVA (vicuna_v1, plain), xtuner (internlm2_chat, llama3_chat), the models' own chat templates. */
export const templates = {
  vicuna_v1: {
    name: 'vicuna_v1',
    bos: '<s>',
    system: '{s} ',
    defaultSystem:
      'A chat between a curious user and an artificial intelligence assistant. ' +
      "The assistant gives helpful, detailed, and polite answers to the user's questions.",
    user: 'USER: {q} ASSISTANT:',
    suffix: '</s>',
    separator: '',
    stop: ['</s>'],
  },
  plain: { name: 'plain', bos: 'auto', user: '{i}', suffix: '\n', separator: '', stop: ['\n'] },
  internlm2_chat: { name: 'internlm2_chat', bos: '<s>', ...chatml },
  llama3_chat: {
    name: 'llama3_chat',
    bos: '<|begin_of_text|>',
    system: '<|start_header_id|>system<|end_header_id|>\n\n{s}<|eot_id|>',
    user: '<|start_header_id|>user<|end_header_id|>\n\n{q}<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n',
    suffix: '<|eot_id|>',
    separator: '',
    stop: ['<|eot_id|>'],
  },
  qwen: { name: 'qwen', ...chatml },
  minimind: { name: 'minimind', ...chatml, defaultSystem: 'You are a helpful assistant' },
} satisfies Record<string, MarkerTemplate>;

export type TemplateName = keyof typeof templates;

/** @throws UserError that lists the known names. */
export function templateByName(name: string): MarkerTemplate {
  if (!Object.hasOwn(templates, name)) {
    fail({
      what: 'no such template',
      got: name,
      expected: `one of ${Object.keys(templates).join(', ')}; auto, chat or chat:NAME for the model's own`,
    });
  }
  return templates[name as TemplateName];
}
