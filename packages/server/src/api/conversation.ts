import { IMAGE_MARKER, UserError, type Turn } from '@moslora/specs';
import { encodePrompt, IMAGE_TOKEN_INDEX, type Tokenizer } from '@moslora/tokenization';
import type { ServedModel } from '../served';
import { ApiError, badRequest } from './api-error';
import type { ChatMessage } from './request-schema';

/** A picture of a conversation, by its URL and the parameter that holds it. */
export interface PicturePlace {
  url: string;
  param: string;
}

/** A conversation as the model reads it, its pictures in reading order. */
export interface Conversation {
  /** Ids with one -200 per picture. */
  ids: number[];
  pictures: PicturePlace[];
}

/**
 * A conversation as ids. Parts of a message stand under each other; a single picture goes before its text, as in training.
 * @throws ApiError 400 where roles are out of order, a text holds the mark of a picture, or a picture stands where none can
 */
export function encodeConversation(
  { template, system, speaker }: ServedModel,
  tokenizer: Tokenizer,
  messages: readonly ChatMessage[],
): Conversation {
  const pictures = messages.flatMap(({ role, content }, i) =>
    content.flatMap((part, j): PicturePlace[] => {
      const param = `messages.${i}.content.${j}`;
      if (part.type === 'text') return noMark(part.text, param);
      if (role !== 'user')
        throw new ApiError(400, `a picture in a message of role ${role}: they go with user`, { param });
      return [{ url: part.image_url.url, param }];
    }),
  );
  const turns = messages.map(({ role, content }): Turn => ({
    role: role === 'developer' ? 'system' : role,
    text: content.map((part) => (part.type === 'text' ? part.text : IMAGE_MARKER)).join('\n'),
  }));
  const whole =
    system === undefined || turns[0]?.role === 'system' ? turns : [{ role: 'system' as const, text: system }, ...turns];
  try {
    const ids = encodePrompt(tokenizer, template, whole, { images: pictures.length });
    const slots = ids.filter((id) => id === IMAGE_TOKEN_INDEX || id === speaker.imageTokenId).length;
    if (slots !== pictures.length)
      throw new ApiError(400, 'a text holds the token that stands for a picture', { param: 'messages' });
    return { ids, pictures };
  } catch (error) {
    throw error instanceof UserError ? badRequest(error, 'messages') : error;
  }
}

function noMark(text: string, param: string): [] {
  if (text.includes(IMAGE_MARKER))
    throw new ApiError(400, `a text holds ${IMAGE_MARKER}: pictures are given as parts of type image_url`, { param });
  return [];
}
