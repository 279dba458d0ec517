import { basename, resolve } from 'node:path';
import { AdapterShelf, loadAdapters } from '@moslora/adapters';
import { LlavaModel, Projector, type Speaker } from '@moslora/model-llava';
import type { Served, ServedModel } from '@moslora/server';
import { fail } from '@moslora/specs';
import type { Answerer, OpenModel } from '../evaluate/answerer';
import type { Variant } from './adapter-option';

export interface OpenServed extends Served {
  dispose(): void;
}

/** What requests call a model: the last part of its folder's name, or pipeline:stage. */
export const servedName = ({ name, parts }: Answerer): string => (parts ? name : basename(resolve(name)));

/**
 * Loads a model, and variants of it over the same base: only adapters and projectors are there several times.
 * @throws UserError for whatever does not fit
 */
export async function openServed(answerer: Answerer, name: string, variants: readonly Variant[]): Promise<OpenServed> {
  const twice = variants.find((variant) => variant.name === name);
  if (twice)
    fail({ what: `an adapter has the name of the model`, where: '--adapter', got: name, fix: 'give it another' });
  const open = await answerer.open({ bare: true });
  const { decoder } = open.speaker;
  const shelf = new AdapterShelf(decoder.slots());
  const projectors: Projector[] = [];
  const model = (variant: Variant): ServedModel => {
    const { adapter, template, system } = variant;
    const key = adapter === undefined ? undefined : variant.name;
    if (adapter !== undefined)
      shelf.add(variant.name, () => loadAdapters(decoder.slots(), adapter, { embeddings: decoder }));
    return {
      ...{ id: variant.name, template, system, stop: answerer.stop, stopStrings: answerer.stopStrings },
      speaker: speakerOf(variant, open, projectors),
      use: () => shelf.use(key),
    };
  };
  const { template } = answerer.voice();
  const own = { name, adapter: answerer.parts?.().adapter, projector: undefined, template, system: answerer.system };
  try {
    return {
      tokenizer: answerer.tokenizer,
      eyes: open.eyes,
      models: [own, ...variants].map(model),
      dispose: () => close(shelf, projectors, open),
    };
  } catch (error) {
    close(shelf, projectors, open);
    throw error;
  }
}

function close(shelf: AdapterShelf, projectors: readonly Projector[], open: OpenModel): void {
  shelf.dispose();
  for (const projector of projectors) projector.dispose();
  open.dispose();
}

/** The base with the variant's own projector, where it has one. */
function speakerOf({ name, projector: path }: Variant, { speaker }: OpenModel, projectors: Projector[]): Speaker {
  if (path === undefined) return speaker;
  if (!(speaker instanceof LlavaModel)) {
    return fail({
      what: `adapter ${name} has a projector, and the model takes no pictures`,
      where: '--adapter',
      got: path,
    });
  }
  const projector = Projector.open(path);
  projectors.push(projector);
  const { decoder, tower, choice, imageTokenId } = speaker;
  return new LlavaModel({
    projector,
    decoder,
    choice,
    ...(tower && { tower }),
    ...(imageTokenId !== undefined && { imageTokenId }),
  });
}
