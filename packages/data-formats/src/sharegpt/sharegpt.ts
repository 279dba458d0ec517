import type { Turn } from '@moslora/specs';
import type { DataFormat } from '../format';
import { allSpeakers, conversationTurns } from '../rows/conversations';
import { slotOptions, type SlotOptions } from '../rows/options';
import { readJsonFile } from '../rows/read-json-file';
import { listedPictures } from '../rows/row-content';
import type { RowContent } from '../rows/sample-of-row';

/** ShareGPT's JSON or JSONL: as LLaVA's, with more names for the speakers, `images` beside, and the system text in `system`. */
export const format: DataFormat<SlotOptions> = {
  name: 'sharegpt',
  title: "ShareGPT's JSON or JSONL",
  extensions: ['.json', '.jsonl'],
  options: slotOptions,
  read: (file, context) => readJsonFile(file, context, content),
};

function content(row: Record<string, unknown>): RowContent {
  const { turns, problems } = conversationTurns(row['conversations'], allSpeakers);
  const { system } = row;
  const own: Turn[] =
    typeof system === 'string' && system !== '' && turns[0]?.role !== 'system'
      ? [{ role: 'system', text: system }]
      : [];
  return { turns: [...own, ...turns], pictures: listedPictures(row), problems };
}
