import { join } from 'node:path';
import { openAiJudge, RememberingJudge, type Judge } from '@moslora/evaluation';

/** A judge whose answers are remembered in the folder, so that nothing is asked twice. Its key is MOSLORA_JUDGE_KEY. */
export function openJudge({ url, model }: { url: string; model: string }, folder: string): Judge {
  return new RememberingJudge(
    openAiJudge({ url, model, key: process.env['MOSLORA_JUDGE_KEY'] || undefined }),
    join(folder, 'judge.jsonl'),
  );
}
