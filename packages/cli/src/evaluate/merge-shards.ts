import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  AnswersFile,
  chooseQuestions,
  headerFacts,
  parseShard,
  sameEngine,
  type AnsweredRow,
  type AnswersHeader,
} from '@moslora/evaluation';
import { fail, type Problem } from '@moslora/specs';
import type { ReadBenchmark } from '../benchmarks/read-benchmark';

/** A shard's answers. */
interface Part {
  path: string;
  index: number;
  of: number;
  file: AnswersFile;
}

/** A benchmark's answers put together from shards. */
export interface MergedAnswers {
  header: AnswersHeader;
  rows: AnsweredRow[];
}

/** The shards of every benchmark that folders hold, by benchmark. @throws UserError where there are none */
export function findShards(folders: readonly string[]): Map<string, Part[]> {
  const parts = new Map<string, Part[]>();
  for (const folder of folders) {
    const names = existsSync(folder) ? readdirSync(folder).sort() : [];
    for (const name of names.filter((each) => /\.\d+-of-\d+\.answers\.jsonl$/.test(each))) {
      const path = join(folder, name);
      const file = AnswersFile.read(path);
      const { benchmark, shard = '' } = file.header;
      parts.set(benchmark, [...(parts.get(benchmark) ?? []), { path, file, ...parseShard(shard) }]);
    }
  }
  if (parts.size === 0) {
    fail({
      what: 'no shards here',
      where: folders.join(', '),
      expected: 'files such as mmbench_dev_en.1-of-8.answers.jsonl, as `moslora evaluate --shard 1/8` leaves them',
    });
  }
  return parts;
}

/**
 * A benchmark's answers out of those of its shards, in the table's order.
 * @throws UserError with every problem: shards that are missing, there twice, of another number, asked otherwise than the first, with rows
 * that are not theirs, or without rows that are
 */
export function mergeShards(parts: readonly Part[], read: ReadBenchmark): MergedAnswers {
  const [first] = parts as [Part];
  const { header } = first.file;
  const problems = [...placeProblems(parts, header.benchmark), ...parts.flatMap((part) => askedProblems(part, first))];
  if (problems.length > 0) fail(problems);
  const rotations = read.benchmark.scorer === 'circular';
  const { limit } = header.asked.data;
  for (const part of parts) {
    const own = chooseQuestions(read.table.rows, rotations, { limit, shard: part });
    problems.push(...rowProblems(part, new Set(own.map(({ key }) => key))));
  }
  if (problems.length > 0) fail(problems);
  const rows = new Map(parts.flatMap(({ file }) => [...file.all()].map((row) => [row.key, row] as const)));
  const { shard: _, ...whole } = header;
  const wanted = chooseQuestions(read.table.rows, rotations, { limit });
  return { header: whole, rows: wanted.map(({ key }) => rows.get(key)!) };
}

function placeProblems(parts: readonly Part[], benchmark: string): Problem[] {
  const of = parts[0]!.of;
  const problems: Problem[] = [];
  const seen = new Map<number, Part>();
  for (const part of parts) {
    if (part.of !== of) {
      const other = `${parts[0]!.path} is one of ${of}`;
      problems.push({
        what: 'shards of different numbers',
        where: part.path,
        got: `one of ${part.of}`,
        expected: other,
      });
      continue;
    }
    const twin = seen.get(part.index);
    if (twin) {
      problems.push({
        what: `shard ${part.index}/${of} of \`${benchmark}\` is there twice`,
        where: `${twin.path} and ${part.path}`,
        fix: 'leave one of the two out',
      });
    }
    seen.set(part.index, part);
  }
  const missing = Array.from({ length: of }, (_, i) => i + 1).filter((index) => !seen.has(index));
  if (missing.length > 0) {
    problems.push({
      what: `shards of \`${benchmark}\` are missing`,
      where: parts.map(({ path }) => path).join(', '),
      got: `${seen.size} of ${of}`,
      expected: `${missing.map((index) => `${index}/${of}`).join(', ')} too`,
      fix: 'name the folders that hold them, or run `moslora evaluate --shard` for them',
    });
  }
  return problems;
}

/** What of a shard was asked otherwise than the first. */
function askedProblems(part: Part, first: Part): Problem[] {
  const facts = ({ file }: Part): Record<string, string> => {
    const { shard: _, ...rest } = headerFacts(file.header);
    return { ...rest, limit: String(file.header.asked.data.limit ?? 'none') };
  };
  const [there, wanted] = [facts(part), facts(first)];
  return Object.keys(wanted).flatMap((fact): Problem[] =>
    there[fact] === wanted[fact]
      ? []
      : [
          {
            what: `shards were asked otherwise: ${fact} differs`,
            where: part.path,
            got: there[fact]!,
            expected: `${wanted[fact]!}, as ${first.path}`,
            fix: `ask one of the two again as the other was, with --fresh${sameEngine[fact] === undefined ? '' : `: ${sameEngine[fact]}`}`,
          },
        ],
  );
}

function rowProblems({ path, index, of, file }: Part, own: ReadonlySet<string>): Problem[] {
  const strange = [...file.all()].filter(({ key }) => !own.has(key)).map(({ key }) => key);
  const missing = [...own].filter((key) => !file.has(key));
  const some = (keys: readonly string[]): string =>
    `index ${keys.slice(0, 5).join(', ')}${keys.length > 5 ? `, … (${keys.length})` : ''}`;
  return [
    ...(strange.length > 0
      ? [{ what: `rows that are not of shard ${index}/${of}`, where: path, got: some(strange) }]
      : []),
    ...(missing.length > 0
      ? [
          {
            what: `rows of shard ${index}/${of} were not asked`,
            where: path,
            got: `none for ${some(missing)}`,
            fix: 'run its `moslora evaluate --shard` again: it goes on where it stopped',
          },
        ]
      : []),
  ];
}
