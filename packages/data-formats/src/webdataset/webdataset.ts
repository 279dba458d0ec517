import type { DatasetRow, ImageRef } from '@moslora/specs';
import type { DataFormat } from '../format';
import { slotOptions, type SlotOptions } from '../rows/options';
import { storePicture } from '../rows/picture-store';
import { rowContent } from '../rows/row-content';
import { sampleOfRow, type RowContent } from '../rows/sample-of-row';
import { tarMembers, type TarMember } from './tar-members';

const pictures = /(^|\.)(jpe?g|png|webp|gif|tiff?)$/i;

/**
 * WebDataset shards: neighbouring members that share a name up to its first dot are one sample. `KEY.json` is a row of any JSON layout here,
 * `KEY.txt` a caption; `KEY.jpg`, `KEY.1.png`, … are its pictures, in the order in which they stand. Pictures stay in the shard and are read from
 * there when they are needed; those of a compressed shard are kept outside it.
 */
export const format: DataFormat<SlotOptions> = {
  name: 'webdataset',
  title: 'WebDataset tar shards',
  extensions: ['.tar', '.tar.gz', '.tgz'],
  options: slotOptions,
  async *read(file, { options: { slots } }) {
    let index = 0;
    let open: Group | undefined;
    const done = (group: Group): DatasetRow =>
      sampleOfRow(group.content(), { id: group.key, index: index++, file, folder: '', slots });
    for await (const member of tarMembers(file)) {
      const [key, kind] = parts(member.name);
      if (open && open.key !== key) yield done(open);
      if (open?.key !== key) open = new Group(key);
      await open.take(kind, member, file);
    }
    if (open) yield done(open);
  },
};

/** The key of a member, and what follows it: the name is cut at its first dot. */
function parts(name: string): [key: string, kind: string] {
  const file = name.lastIndexOf('/') + 1;
  const dot = name.indexOf('.', file);
  return dot < 0 ? [name, ''] : [name.slice(0, dot), name.slice(dot + 1)];
}

/** The members of one sample. */
class Group {
  private readonly images: ImageRef[] = [];
  private row: Record<string, unknown> = {};
  private readonly problems: RowContent['problems'] = [];

  constructor(readonly key: string) {}

  async take(kind: string, member: TarMember, file: string): Promise<void> {
    if (pictures.test(kind)) {
      const { start, length } = member;
      this.images.push(
        start === undefined ? storePicture(await member.bytes()) : { path: file, slice: { start, length } },
      );
    } else if (kind === 'txt') this.row = { caption: (await member.bytes()).toString('utf8'), ...this.row };
    else if (kind === 'json') this.parse((await member.bytes()).toString('utf8'), member.name);
  }

  /** What the row says, with the shard's own pictures in place of the names in it. */
  content(): RowContent {
    if (this.problems.length > 0) return { turns: [], pictures: [], problems: this.problems };
    return rowContent(this.images.length > 0 ? { ...this.row, image: undefined, images: this.images } : this.row);
  }

  private parse(text: string, name: string): void {
    try {
      this.row = { ...this.row, ...(JSON.parse(text) as Record<string, unknown>) };
    } catch (error) {
      this.problems.push({ what: 'a member is not valid JSON', where: name, got: (error as Error).message });
    }
  }
}
