import { randomInt } from 'node:crypto';
import { settleSampling } from '@moslora/model-llava';
import { didYouMean, listNames } from '@moslora/specs';
import type { Job, SeenPicture } from '../engine/job';
import type { Limits } from '../limits';
import type { AllowedPlaces } from '../pictures/allowed-places';
import type { PictureEyes } from '../pictures/picture-eyes';
import { readPicture } from '../pictures/read-picture';
import type { Served, ServedModel } from '../served';
import { ApiError } from './api-error';
import { encodeConversation, type PicturePlace } from './conversation';
import type { ChatRequest } from './request-schema';

/** What a chat request needs of the server. */
export interface Preparing {
  served: Served;
  eyes: PictureEyes | undefined;
  places: AllowedPlaces;
  limits: Limits;
}

/** A job without who listens to it, and the tokens of its prompt. */
export type PreparedJob = Omit<Job, 'emit'> & { promptTokens: number };

/** Makes a job of a request: its conversation as ids, its pictures seen. @throws ApiError for whatever cannot be answered */
export async function prepareJob(
  request: ChatRequest,
  preparing: Preparing,
  signal: AbortSignal,
): Promise<PreparedJob> {
  const { served, eyes, limits } = preparing;
  const model = modelNamed(served, request.model);
  const { ids, pictures } = encodeConversation(model, served.tokenizer, request.messages);
  if (pictures.length > limits.pictures)
    throw new ApiError(400, `${pictures.length} pictures, and at most ${limits.pictures} are taken`, {
      param: 'messages',
    });
  if (pictures.length > 0 && !eyes)
    throw new ApiError(400, `${model.id} takes no pictures`, { param: pictures[0]!.param });
  const promptTokens = ids.length + pictures.length * ((eyes?.shape[0] ?? 1) - 1);
  const maxNewTokens = budget(request, model, promptTokens, limits);
  const seen: SeenPicture[] = [];
  for (const picture of pictures) seen.push(await see(picture, preparing, signal));
  const { stop, logprobs, top_logprobs: likeliest } = request;
  return {
    ...{ model, ids, promptTokens, maxNewTokens, signal },
    pictures: seen,
    sampling: samplingOf(request),
    stop: [stop ?? []].flat(),
    ...(logprobs === true && { likeliest: likeliest ?? 0 }),
  };
}

/** The model that a request names. @throws ApiError 404 with those there are */
export function modelNamed({ models }: Served, name: string): ServedModel {
  const found = models.find(({ id }) => id === name);
  if (found) return found;
  const known = models.map(({ id }) => id);
  const meant = didYouMean(name, known);
  throw new ApiError(
    404,
    `no model ${JSON.stringify(name.slice(0, 100))} is served here; there is ${listNames(known)}${meant ? ` (${meant})` : ''}`,
    {
      param: 'model',
      code: 'model_not_found',
    },
  );
}

/** How many tokens the answer may have: as asked, else as many as there is room for, up to the limit. */
function budget(request: ChatRequest, { speaker }: ServedModel, promptTokens: number, { newTokens }: Limits): number {
  const { maxPositions } = speaker.decoder.config;
  const asked = request.max_completion_tokens ?? request.max_tokens;
  const room = maxPositions - promptTokens;
  if (room >= (asked ?? 1)) return asked ?? Math.min(newTokens, room);
  throw new ApiError(
    400,
    `the prompt has ${promptTokens} tokens${asked == null ? '' : ` and its answer may have ${asked}`}, ` +
      `and the model has room for ${maxPositions} together`,
    { param: 'messages', code: 'context_length_exceeded' },
  );
}

/** Greedy unless temperature or top_p ask for more. A seed gives the same answer to the same question. */
function samplingOf({
  temperature,
  top_p: topP,
  top_k: topK,
  min_p: minP,
  repetition_penalty: penalty,
  seed,
}: ChatRequest): Job['sampling'] {
  const heat = temperature ?? (topP == null ? 0 : 1);
  return settleSampling({
    doSample: heat > 0,
    ...(heat > 0 && { temperature: heat }),
    ...{ topP: topP ?? 1, topK: topK ?? 0, minP: minP ?? undefined, repetitionPenalty: penalty ?? 1 },
    seed: seed ?? randomInt(2 ** 31),
  });
}

async function see(
  picture: PicturePlace,
  { eyes, places, limits }: Preparing,
  signal: AbortSignal,
): Promise<SeenPicture> {
  const bytes = await readPicture(picture, { most: limits.pictureBytes, places, signal });
  return eyes!.look(bytes, picture.param);
}
