import type { DataFormat } from '../format';
import { conversationTurns, llavaSpeakers } from '../rows/conversations';
import { slotOptions, type SlotOptions } from '../rows/options';
import { readJsonFile } from '../rows/read-json-file';
import { listedPictures } from '../rows/row-content';

/** LLaVA's JSON or JSONL: `{ id, image, conversations: [{ from: human | gpt, value }] }`; `image` may be a list. */
export const format: DataFormat<SlotOptions> = {
  name: 'llava',
  title: "LLaVA's JSON or JSONL",
  extensions: ['.json', '.jsonl'],
  options: slotOptions,
  read: (file, context) =>
    readJsonFile(file, context, (row) => ({
      ...conversationTurns(row['conversations'], llavaSpeakers),
      pictures: listedPictures(row),
    })),
};
