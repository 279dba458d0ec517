import { join } from 'node:path';
import {
  isLlavaFolder,
  loadDecoderFolder,
  loadLlavaFolder,
  openLayout,
  readGenerationDefaults,
  textSpeaker,
  type LlavaLayout,
  type PartsGiven,
} from '@moslora/model-llava';
import {
  checkVocabulary,
  hasStoredTemplate,
  loadTokenizer,
  templateFor,
  templateFromFolder,
} from '@moslora/tokenization';
import type { Answerer, OpenModel, Voice } from './answerer';
import { llavaEyes } from './llava-eyes';
import { modelHash, type ModelPart } from './model-hash';

export interface FolderGiven extends PartsGiven {
  /** A known name, `auto`, `chat` or `chat:NAME`; default: what is stored with the model, else what its tokenizer says. */
  template?: string | undefined;
  system?: string | undefined;
}

/** The model of a folder in any of its layouts: a LLaVA, or a language model. @throws UserError where it is none */
export function folderAnswerer(folder: string, { template, system, ...given }: FolderGiven = {}): Answerer {
  const layout = isLlavaFolder(folder) ? openLayout(folder, given) : undefined;
  const words = layout?.tokenizer ?? folder;
  const tokenizer = loadTokenizer(words);
  const { stop, stopStrings } = readGenerationDefaults(folder);
  const voice = (): Voice => {
    if (template !== undefined)
      return { template: templateFor(template, words, tokenizer), stored: false, from: 'given' };
    if (hasStoredTemplate(folder)) return { template: templateFromFolder(folder, tokenizer), stored: true };
    const from = tokenizer.chatTemplates.size > 0 ? "the tokenizer's chat template" : "the tokenizer's marks";
    return { template: templateFromFolder(words, tokenizer), stored: hasStoredTemplate(words), from };
  };
  return {
    name: folder,
    layout,
    tokenizer,
    system,
    seesPictures: layout !== undefined,
    stop: stop ?? [],
    stopStrings,
    voice,
    sha256: () =>
      modelHash([...(layout ? partsOf(layout) : [{ name: 'model', path: folder }]), { name: 'words', path: words }]),
    open: () => (layout ? openLlava(folder, given, layout, tokenizer) : openDecoder(folder, tokenizer)),
  };
}

function partsOf({ decoder, tower, projector }: LlavaLayout): ModelPart[] {
  const given = [
    { name: 'decoder', path: decoder.weights },
    { name: 'decoder-adapter', path: decoder.adapter },
    { name: 'projector', path: projector.weights },
    { name: 'tower', path: tower.weights },
    { name: 'tower-adapter', path: tower.adapter },
  ];
  return given.filter((part): part is ModelPart => part.path !== undefined);
}

async function openLlava(
  folder: string,
  given: PartsGiven,
  { decoder, imageTokenId, processor }: LlavaLayout,
  tokenizer: Answerer['tokenizer'],
): Promise<OpenModel> {
  const pictures = processor();
  const model = await loadLlavaFolder(folder, given);
  checkVocabulary(tokenizer, { vocabSize: model.decoder.config.vocabSize, imageTokenId, where: decoder.where });
  return { speaker: model, eyes: llavaEyes(model, pictures), dispose: () => model.dispose() };
}

async function openDecoder(folder: string, tokenizer: Answerer['tokenizer']): Promise<OpenModel> {
  const decoder = await loadDecoderFolder(folder);
  checkVocabulary(tokenizer, { vocabSize: decoder.config.vocabSize, where: join(folder, 'config.json') });
  return { speaker: textSpeaker(decoder), eyes: undefined, dispose: () => decoder.dispose() };
}
