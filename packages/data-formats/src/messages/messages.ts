import type { DataFormat } from '../format';
import { messageTurns } from '../rows/message-turns';
import { slotOptions, type SlotOptions } from '../rows/options';
import { readJsonFile } from '../rows/read-json-file';
import { listedPictures } from '../rows/row-content';

/** OpenAI's JSONL: `{ messages: [{ role, content }] }`; pictures are parts of a content, or listed in `images` with `<image>` in the texts. */
export const format: DataFormat<SlotOptions> = {
  name: 'messages',
  title: "OpenAI's messages, JSON or JSONL",
  extensions: ['.json', '.jsonl'],
  options: slotOptions,
  read: (file, context) =>
    readJsonFile(file, context, (row) => {
      const content = messageTurns(row['messages']);
      return { ...content, pictures: content.pictures.length > 0 ? content.pictures : listedPictures(row) };
    }),
};
