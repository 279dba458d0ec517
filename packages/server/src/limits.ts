import { z } from 'zod';

const count = z.int().positive();

/** What a server lets in and keeps, with its defaults. */
export const limitsSchema = z.strictObject({
  bodyBytes: count.default(24_000_000).describe('most bytes of a request'),
  messages: count.default(256).describe('most messages of a conversation'),
  pictures: count.default(8).describe('most pictures of a conversation'),
  pictureBytes: count.default(10_000_000).describe('most bytes of a picture as it is sent'),
  picturePixels: count
    .default(25_000_000)
    .describe('most pixels of a picture: its header is read before it is decoded'),
  newTokens: count.default(1024).describe('most tokens that an answer may be asked to have'),
  running: count.default(16).describe('requests that are answered together'),
  waiting: z.int().nonnegative().default(64).describe('requests that wait for a place; more get 429'),
  cacheBytes: z.int().nonnegative().default(256_000_000).describe('memory for the features of pictures seen before'),
});
export type Limits = z.infer<typeof limitsSchema>;
