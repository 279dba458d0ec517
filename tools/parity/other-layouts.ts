import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renameTensors } from './rename-tensors';

/** config.json of a Hugging Face LLaVA, as far as other layouts say the same. */
interface LlavaJson {
  image_token_index: number;
  text_config: Record<string, unknown>;
  vision_config: { hidden_size: number };
  vision_feature_layer: number;
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
  /** Writes it. Gives what `moslora verify-model` has to be told beside the folder. */
  write(from: string, into: string): string[];
}

const json = (from: string): LlavaJson => JSON.parse(readFileSync(join(from, 'config.json'), 'utf8')) as LlavaJson;

function writePart(from: string, folder: string, config: object, rename: Rename): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  renameTensors(join(from, 'model.safetensors'), join(folder, 'model.safetensors'), rename);
}

function copyReference(from: string, into: string): void {
  for (const file of ['reference.safetensors', 'greedy.json']) copyFileSync(join(from, file), join(into, file));
}

/** The layouts of LLaVA's authors, with the tower inside, and of xtuner, with all parts tuned. */
export const otherLayouts: OtherLayout[] = [
  {
    title: 'the original LLaVA',
    places: '`model.vision_tower.vision_tower.` `model.mm_projector.` `model.`',
    write(from, into) {
      const { text_config: text, vision_config: vision, vision_feature_layer: layer, ...rest } = json(from);
      const config = {
        ...{ ...text, model_type: 'llava', architectures: ['LlavaLlamaForCausalLM'] },
        ...{ mm_vision_tower: './tower', mm_hidden_size: vision.hidden_size, mm_projector_type: 'mlp2x_gelu' },
        ...{ mm_vision_select_layer: layer, mm_vision_select_feature: 'patch', mm_use_im_start_end: false },
      };
      const towerInside = tower('model.vision_tower.vision_tower.vision_model.');
      const projectorInside = projector('model.mm_projector.');
      writePart(from, into, config, (name) => decoder(name) ?? towerInside(name) ?? projectorInside(name));
      mkdirSync(join(into, 'tower'));
      writeFileSync(join(into, 'tower', 'config.json'), JSON.stringify(vision));
      copyReference(from, into);
      return ['--image-token', String(rest.image_token_index)];
    },
  },
  {
    title: "xtuner's",
    places: '`visual_encoder/` `projector/` `./`',
    write(from, into) {
      const { text_config: text, vision_config: vision, image_token_index: image } = json(from);
      writePart(from, into, text, decoder);
      writePart(from, join(into, 'visual_encoder'), vision, tower('vision_model.'));
      writePart(from, join(into, 'projector'), { depth: 2, hidden_act: 'gelu', bias: true }, projector('model.'));
      copyReference(from, into);
      return ['--image-token', String(image)];
    },
  },
];
