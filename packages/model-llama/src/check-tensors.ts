import type { WeightSource } from '@moslora/checkpoint';
import { isNf4, isNf4Part } from '@moslora/quantized-base';
import { fail, type Problem } from '@moslora/specs';
import type { LlamaConfig } from './config';
import { layerLinears, type DecoderPrefix } from './names';

/** Tensors of published files that the maths does not read: they follow from the configuration. */
const DERIVED = /rotary_emb\.inv_freq$/;

/** Every tensor of a LLaMA decoder with its published shape. */
export function decoderTensors(config: LlamaConfig, { body, head }: DecoderPrefix): Map<string, number[]> {
  const { hiddenSize: D, vocabSize: V } = config;
  const tensors = new Map<string, number[]>([
    [`${body}embed_tokens.weight`, [V, D]],
    [`${body}norm.weight`, [D]],
  ]);
  if (!config.tieWordEmbeddings) tensors.set(head, [V, D]);
  for (let index = 0; index < config.layers; index += 1) {
    const path = `${body}layers.${index}`;
    tensors.set(`${path}.input_layernorm.weight`, [D]);
    tensors.set(`${path}.post_attention_layernorm.weight`, [D]);
    for (const linear of layerLinears(config)) {
      tensors.set(`${path}.${linear.name}.weight`, [linear.out, linear.in]);
      if (linear.bias) tensors.set(`${path}.${linear.name}.bias`, [linear.out]);
    }
  }
  return tensors;
}

/**
 * Holds the file against what the configuration asks for.
 * @throws UserError listing all tensors that are missing, have another shape, or that this decoder would not use
 */
export function checkDecoderTensors(source: WeightSource, config: LlamaConfig, prefix: DecoderPrefix): void {
  const expected = decoderTensors(config, prefix);
  const problems: Problem[] = [];
  const missing: string[] = [];
  for (const [name, shape] of expected) {
    if (!source.has(name)) missing.push(name);
    else if (!isNf4(source, name)) compareShape(source, name, shape, problems);
  }
  const ours = (name: string): boolean => name.startsWith(prefix.body) && !DERIVED.test(name);
  const known = (name: string): boolean => expected.has(name) || name === prefix.head || isNf4Part(name);
  const extra = source.names().filter((name) => ours(name) && !known(name) && !otherPart(name, prefix.body));
  if (missing.length > 0)
    problems.push({ what: `${missing.length} tensors are missing`, where: source.where, expected: missing.join(', ') });
  if (extra.length > 0) {
    problems.push({
      what: `${extra.length} tensors have no place in a LLaMA decoder`,
      where: source.where,
      got: extra.join(', '),
      fix: 'check that model_type in config.json names the right family',
    });
  }
  if (problems.length > 0) fail(problems);
}

/** With a decoder at `model.` a LLaVA's other parts may lie under the same path. */
function otherPart(name: string, body: string): boolean {
  return /^(vision_tower|multi_modal_projector|mm_projector|image_newline)\b/.test(name.slice(body.length));
}

function compareShape(source: WeightSource, name: string, shape: readonly number[], problems: Problem[]): void {
  const found = source.info(name).shape;
  if (found.join() === shape.join()) return;
  problems.push({
    what: `Tensor \`${name}\` has another shape than config.json says`,
    where: source.where,
    got: `(${found.join(', ')})`,
    expected: `(${shape.join(', ')})`,
  });
}
