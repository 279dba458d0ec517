import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renameTensors } from './rename-tensors';

/** config.json of a Hugging Face LLaVA, as far as other layouts say the same. */
interface LlavaJson {
  image_token_index?: number;
  image_token_id?: number;
  text_config: Record<string, unknown> & { model_type: string };
  vision_config: { hidden_size: number; model_type: string };
  vision_feature_layer: number | number[];
  vision_feature_select_strategy: string;
  projector_hidden_act: string;
  multimodal_projector_bias?: boolean;
}

type Rename = (name: string) => string | undefined;

const inside =
  (prefix: string, to: string): Rename =>
  (name) =>
    name.startsWith(prefix) ? to + name.slice(prefix.length) : undefined;
const decoder = inside('language_model.', '');
const tower = (to: string): Rename => inside('vision_tower.', to);
/** `linear_1`, `linear_2` as a Sequential's modules 0 and 2. */
const projector =
  (to: string): Rename =>
  (name) =>
    inside(
      'multi_modal_projector.',
      to,
    )(name)?.replace(/linear_(\d)/, (_, index: string) => `${2 * (Number(index) - 1)}`);

/** A copy of a Hugging Face LLaVA that has its tensors and its reference in another layout. */
export interface OtherLayout {
  title: string;
  /** Where its parts lie. */
  places: string;
  /** Whether it has words for what this LLaVA does. */
  fits(of: LlavaJson): boolean;
  /** Writes it. Gives what `moslora verify-model` has to be told beside the folder. */
  write(from: string, into: string): string[];
}

const json = (from: string): LlavaJson => JSON.parse(readFileSync(join(from, 'config.json'), 'utf8')) as LlavaJson;
const imageToken = (of: LlavaJson): string[] => ['--image-token', String(of.image_token_index ?? of.image_token_id)];

function writePart(from: string, folder: string, config: object, rename: Rename): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  renameTensors(join(from, 'model.safetensors'), join(folder, 'model.safetensors'), rename);
}

function copyReference(from: string, into: string): void {
  for (const file of ['reference.safetensors', 'greedy.json']) copyFileSync(join(from, file), join(into, file));
}

/** How the original LLaVA calls its decoders' families. */
const classes: Record<string, string> = { llama: 'Llama', qwen2: 'Qwen', qwen3: 'Qwen3', internlm2: 'InternLM2' };

/** The other layouts in which a LLaVA's folder can be had. */
export function layoutsFor(from: string): OtherLayout[] {
  return otherLayouts.filter(({ fits }) => fits(json(from)));
}

/** The layouts of LLaVA's authors, with the tower inside, and of xtuner, with all parts tuned. */
const otherLayouts: OtherLayout[] = [
  {
    title: 'the original LLaVA',
    places: '`model.vision_tower.vision_tower.` `model.mm_projector.` `model.`',
    fits: (of) =>
      typeof of.vision_feature_layer === 'number' &&
      of.projector_hidden_act === 'gelu' &&
      of.multimodal_projector_bias !== false &&
      (of.vision_config.model_type !== 'siglip_vision_model' || of.vision_feature_select_strategy === 'full'),
    write(from, into) {
      const { text_config: text, vision_config: vision, vision_feature_layer: layer, ...rest } = json(from);
      const feature = rest.vision_feature_select_strategy === 'full' ? 'cls_patch' : 'patch';
      const config = {
        ...{ ...text, model_type: 'llava', architectures: [`Llava${classes[text.model_type]}ForCausalLM`] },
        ...{ mm_vision_tower: './tower', mm_hidden_size: vision.hidden_size, mm_projector_type: 'mlp2x_gelu' },
        ...{ mm_vision_select_layer: layer, mm_vision_select_feature: feature, mm_use_im_start_end: false },
      };
      const towerInside = tower('model.vision_tower.vision_tower.vision_model.');
      const projectorInside = projector('model.mm_projector.');
      writePart(from, into, config, (name) => decoder(name) ?? towerInside(name) ?? projectorInside(name));
      mkdirSync(join(into, 'tower'));
      writeFileSync(join(into, 'tower', 'config.json'), JSON.stringify(vision));
      copyReference(from, into);
      return imageToken(json(from));
    },
  },
  {
    title: "xtuner's",
    places: '`visual_encoder/` `projector/` `./`',
    fits: (of) => typeof of.vision_feature_layer === 'number' && of.vision_feature_select_strategy === 'default',
    write(from, into) {
      const of = json(from);
      const shape = { depth: 2, hidden_act: of.projector_hidden_act, bias: of.multimodal_projector_bias ?? true };
      writePart(from, into, of.text_config, decoder);
      writePart(from, join(into, 'visual_encoder'), of.vision_config, tower('vision_model.'));
      writePart(from, join(into, 'projector'), shape, projector('model.'));
      writeFileSync(join(into, 'xtuner_config.py'), `visual_select_layer = ${String(of.vision_feature_layer)}\n`);
      copyReference(from, into);
      return imageToken(of);
    },
  },
];
