import { z } from 'zod';
import { abilities, kindsNamed, plainKinds, questionKinds } from './questions';

const count = () => z.int().positive();

/** What a pipeline may set for this dataset. */
export const optionsSchema = z.strictObject({
  seed: z.int().nonnegative().default(42).describe('seeds every scene, picture, question and order'),
  scenes: count().default(6000).describe('training pictures; each has its captions'),
  siblings: count()
    .default(2)
    .describe(
      'scenes in a row that differ only in their shapes, or in what belongs to which shape (hard negatives of one another); 1: none',
    ),
  instructScenes: count().default(4000).describe('training pictures with conversations, at most `scenes`'),
  turns: count().default(10).describe('questions in a conversation'),
  optionTurns: z
    .number()
    .min(0)
    .max(1)
    .default(0.3)
    .describe('share of the questions asked with options, as MMBench asks'),
  captionTurns: z.boolean().default(true).describe('whether a conversation ends with a description of the picture'),
  kinds: z
    .array(z.enum(questionKinds.map(({ name }) => name) as [string, ...string[]]))
    .default([...plainKinds])
    .refine((names) => abilities.every((ability) => kindsNamed(names).some((kind) => kind.ability === ability)), {
      error: 'at least one kind for each of the six abilities',
    })
    .describe('which templates questions are made from, in training and held out'),
  questionsPerAbility: count().default(16).describe('held-out questions per ability; both languages ask the same ones'),
});
export type ShapesWorldOptions = z.infer<typeof optionsSchema>;
