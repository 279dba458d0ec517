import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fail } from '@moslora/specs';
import type { Sample, Turn } from '@moslora/specs';
import { z } from 'zod';

const recordsSchema = z.array(
  z.strictObject({
    id: z.string(),
    image: z.string(),
    regions: z
      .array(z.strictObject({ box: z.tuple([z.number(), z.number(), z.number(), z.number()]), text: z.string() }))
      .optional(),
    conversations: z.array(z.strictObject({ from: z.enum(['human', 'gpt']), value: z.string() })).min(2),
  }),
);
const splits = ['captions', 'descriptions', 'instruct'];

/** The records of one LLaVA file of a prepared folder as samples, in the file's order. */
export async function* readSamples(root: string, split: string): AsyncGenerator<Sample> {
  if (!splits.includes(split)) {
    fail({
      what: 'shapes-world has no such split',
      got: split,
      expected: splits.join(' or '),
      fix: 'name one of these splits',
    });
  }
  for (const record of readRecords(join(root, `${split}.json`))) {
    const turns = record.conversations.map(({ from, value }): Turn => {
      return { role: from === 'human' ? 'user' : 'assistant', text: value };
    });
    const images = [{ path: join(root, record.image) }];
    yield { id: record.id, images, turns, ...(record.regions && { regions: record.regions }) };
  }
}

function readRecords(path: string): z.infer<typeof recordsSchema> {
  const fix = "run the pipeline's prepare stage again";
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    return fail({ what: 'a file of the prepared shapes-world cannot be read', where: path, got: String(error), fix });
  }
  const records = recordsSchema.safeParse(parsed);
  if (records.success) return records.data;
  return fail({
    what: 'a file of the prepared shapes-world is not in LLaVA format',
    where: path,
    got: z.prettifyError(records.error).split('\n').slice(0, 6).join('; '),
    expected: 'records of id, image and conversations',
    fix,
  });
}
