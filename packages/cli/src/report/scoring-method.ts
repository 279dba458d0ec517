import type { BenchmarkRef } from '@moslora/specs';
import type { StageContext } from '../stages/stage';
import { scoreStage } from './collect';

/** What one has to know to compare scores with others': prompt, rules, template, decoding, data. */
export function scoringMethod(context: StageContext<unknown>, stage: string): [string, string][] {
  const { prompt, rules, maxNewTokens, benchmarks } = scoreStage(context.stages, stage);
  const { metrics } = context.run(stage);
  const of = (name: string, key: string): string =>
    String((metrics[name] as Record<string, unknown> | undefined)?.[key] ?? '');
  const names = Object.keys(benchmarks);
  const ofKind = (kind: BenchmarkRef['kind']): string[] => names.filter((name) => benchmarks[name]?.kind === kind);
  const circular: [string, string][] = [
    ['prompt style', prompt],
    ['answer inference', `rules \`${rules}\`, no judge: what the rules cannot decide is a miss`],
    ['evaluation', 'CircularEval: right under every rotation of the options; vanilla: the unrotated question alone'],
    [
      'chance',
      'an answer that never looks at the picture but always names the same text is right once in as many times as there are options',
    ],
  ];
  const exact: [string, string][] = [
    ['open questions', 'exact match after lower case, without punctuation and articles; no answer is a miss'],
  ];
  return [
    ...(ofKind('mmbench').length === 0 ? [] : circular),
    ...(ofKind('open').length === 0 ? [] : exact),
    ['decoding', `greedy, at most ${maxNewTokens} new tokens`],
    ['chat template', of(names[0] ?? '', 'template')],
    ...ofKind('mmbench').map((name): [string, string] => [
      `data, ${name}`,
      `sha256 ${of(name, 'sha256')}, ${of(name, 'rows')} rows`,
    ]),
    ...ofKind('open').map((name): [string, string] => [
      `data, ${name}`,
      `${dataOf(benchmarks[name] as BenchmarkRef)}: ${of(name, 'questions')} questions`,
    ]),
  ];
}

/** Where a set of open questions is from. */
function dataOf(benchmark: BenchmarkRef): string {
  if (benchmark.kind !== 'open') return '';
  const { data } = benchmark;
  const source = 'dataset' in data ? `dataset ${data.dataset}` : `stage ${data.stage}`;
  return `${source}, split ${data.split}`;
}
