import type { FormatName } from '@moslora/specs';
import type { DataFormat } from './format';
import { format as llava } from './llava/llava';
import { format as messages } from './messages/messages';
import { format as parquet } from './parquet/parquet';
import { format as sharegpt } from './sharegpt/sharegpt';
import { format as webdataset } from './webdataset/webdataset';

/** Every format, by name. */
export const formats: Readonly<Record<FormatName, DataFormat>> = {
  llava,
  sharegpt,
  messages,
  parquet,
  webdataset,
};
