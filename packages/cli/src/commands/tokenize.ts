import type { Command } from 'commander';
import { print, type Io } from '../io';

export function registerTokenize(program: Command, io: Io): void {
  program
    .command('tokenize')
    .description('cut a text into token ids, without adding special tokens')
    .argument('<tokenizer>', 'tokenizer.json, or a folder that holds one')
    .requiredOption('--text <text>', 'the text')
    .option('--json', 'print JSON')
    .action(async (path: string, { text, json }: { text: string; json?: boolean }) => {
      const { loadTokenizer } = await import('@moslora/tokenization');
      const ids = loadTokenizer(path).encode(text);
      print(io, json, { ids }, () => [ids.join(' ')]);
    });
}
