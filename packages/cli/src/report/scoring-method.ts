import type { StageContext } from '../stages/stage';
import { scoreStage } from './collect';

/** What one has to know to compare scores with others': prompt, rules, template, decoding, data. */
export function scoringMethod(context: StageContext<unknown>, stage: string): [string, string][] {
  const { prompt, rules, maxNewTokens, benchmarks } = scoreStage(context.stages, stage);
  const { metrics } = context.run(stage);
  const of = (name: string, key: string): string =>
    String((metrics[name] as Record<string, unknown> | undefined)?.[key] ?? '');
  const names = Object.keys(benchmarks);
  return [
    ['prompt style', prompt],
    ['answer inference', `rules \`${rules}\`, no judge: what the rules cannot decide is a miss`],
    ['evaluation', 'CircularEval: right under every rotation of the options; vanilla: the unrotated question alone'],
    ['decoding', `greedy, at most ${maxNewTokens} new tokens`],
    ['chat template', of(names[0] ?? '', 'template')],
    [
      'chance',
      'an answer that never looks at the picture but always names the same text is right once in as many times as there are options',
    ],
    ...names.map((name): [string, string] => [
      `data, ${name}`,
      `sha256 ${of(name, 'sha256')}, ${of(name, 'rows')} rows`,
    ]),
  ];
}
