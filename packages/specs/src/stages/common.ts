import { z } from 'zod';
import { name } from '../stage-references';
import { trainConfigSchema } from '../train-config';

/** What every stage may say. */
export const common = {
  title: z.string().optional().describe('what the stage does, for reports'),
  needs: z.array(name).default([]).describe('stages to run first, besides those that its references name'),
  cache: z.boolean().default(true).describe('false keeps its outputs out of the Nx cache (large ones)'),
};

/** What every stage that trains says. */
export const train = trainConfigSchema.describe('training settings, or the name of one in configs/train');
