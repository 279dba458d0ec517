import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { layoutsFor } from './other-layouts';
import { renameTensors, tensorNames } from './rename-tensors';

/** A folder with a reference, and what it is an example of. */
export interface Case {
  folder: string;
  /** model_type of the decoder, and what is particular about it. */
  decoder: string;
  /** model_type of the tower, and which of its features are taken. */
  tower: string | undefined;
  /** Where its parts lie in the file. */
  layout: string;
  /** What `moslora verify-model` is told beside the folder. */
  options?: string[];
}

interface Rope {
  rope_type?: string;
  type?: string;
}

interface DecoderJson {
  model_type: string;
  tie_word_embeddings?: boolean;
  attention_bias?: boolean;
  bias?: boolean;
  rope_scaling?: Rope | null;
  rope_parameters?: Rope;
}

interface ConfigJson extends DecoderJson {
  text_config?: DecoderJson;
  vision_config?: { model_type: string };
  vision_feature_select_strategy?: string;
}

/** Every folder under `root` that has a configuration and a reference to be held against. */
export function casesIn(root: string): Case[] {
  if (!existsSync(root)) return [];
  return readdirSync(root)
    .sort()
    .map((name) => join(root, name))
    .filter((folder) => existsSync(join(folder, 'config.json')) && existsSync(join(folder, 'reference.safetensors')))
    .map(describe);
}

function describe(folder: string): Case {
  const config = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) as ConfigJson;
  const tower =
    config.vision_config && `${config.vision_config.model_type}, ${config.vision_feature_select_strategy ?? 'default'}`;
  return { folder, decoder: decoderOf(config.text_config ?? config), tower, layout: layoutOf(folder) };
}

function decoderOf(json: DecoderJson): string {
  const rope = { ...json.rope_parameters, ...json.rope_scaling };
  const scaling = rope.rope_type ?? rope.type ?? 'default';
  return [
    json.model_type,
    ...(scaling === 'default' ? [] : [`${scaling} rope`]),
    ...(json.attention_bias || json.bias ? ['biases'] : []),
    ...(json.tie_word_embeddings ? ['tied head'] : []),
  ].join(', ');
}

/** The leading parts of the tensors' names: `vision_tower.…`, `language_model.model.…`. */
function layoutOf(folder: string): string {
  const files = readdirSync(folder).filter((file) => /^model\b.*\.safetensors$/.test(file));
  const names = files.flatMap((file) => tensorNames(join(folder, file)));
  const before = (anchor: RegExp): string[] => {
    const found = names.find((name) => anchor.test(name));
    return found === undefined ? [] : [`\`${found.replace(anchor, '')}\``];
  };
  return [
    ...before(/(?<=^|\.)(encoder|embeddings)\..*$/),
    ...before(/(?<=projector\.)(linear_\d|\d)\..*$/),
    ...before(/(embed_tokens|tok_embeddings)\.weight$/),
  ].join(' ');
}

/** Other prefixes under which the same LLaVA is published: what the golden names become. */
const prefixes: Record<string, (name: string) => string> = {
  'LLaVA-1.5 as published': (name) => name.replace(/^vision_tower\./, 'vision_tower.vision_model.'),
  'newer transformers': (name) =>
    name.startsWith('language_model.lm_head.')
      ? name.replace('language_model.', '')
      : `model.${name.replace(/^language_model\.model\./, 'language_model.')}`,
};

/** Copies of a LLaVA folder in the other layouts, made under `into`. */
export function relaid(folder: string, into: string): Case[] {
  const own = describe(folder);
  const renamed = Object.entries(prefixes).map(([title, rename], index) => {
    const copy = join(into, `${basename(folder)}-${index}`);
    mkdirSync(copy, { recursive: true });
    for (const file of ['config.json', 'reference.safetensors', 'greedy.json'])
      copyFileSync(join(folder, file), join(copy, file));
    renameTensors(join(folder, 'model.safetensors'), join(copy, 'model.safetensors'), rename);
    const found = describe(copy);
    return { ...found, layout: `${found.layout} (${title})` };
  });
  const others = layoutsFor(folder).map(({ title, places, write }): Case => {
    const copy = join(into, `${basename(folder)}-${title.replace(/\W+/g, '-')}`);
    return { ...own, options: write(folder, copy), folder: copy, layout: `${places} (${title})` };
  });
  return [...renamed, ...others];
}
