import { join } from 'node:path';
import { openAiJudge, RememberingJudge, type Judge } from '@moslora/evaluation';
import { fail } from '@moslora/specs';

/** A judge whose answers are remembered in the folder, so that nothing is asked twice. Its key is MOSLORA_JUDGE_KEY. */
export function openJudge({ url, model }: { url: string; model: string }, folder: string): Judge {
  return new RememberingJudge(
    openAiJudge({ url, model, key: process.env['MOSLORA_JUDGE_KEY'] || undefined }),
    join(folder, 'judge.jsonl'),
  );
}

/** The judge of a command's options; undefined where none is wanted. @throws UserError where one of the two is missing */
export function judgeFrom(
  { judge, judgeModel }: { judge?: string; judgeModel?: string },
  folder: string,
): Judge | undefined {
  if (judge === undefined && judgeModel === undefined) return undefined;
  if (judge !== undefined && judgeModel !== undefined) return openJudge({ url: judge, model: judgeModel }, folder);
  return fail({
    what: 'a judge needs an address and a model',
    where: 'the command line',
    got: judge === undefined ? `--judge-model ${judgeModel}` : `--judge ${judge}`,
    expected: '--judge URL and --judge-model NAME',
  });
}
