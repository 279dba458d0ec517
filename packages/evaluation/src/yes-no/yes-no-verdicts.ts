import { aFewAtATime } from '../judge/judge';
import { plainVerdict } from '../scoring/row-verdict';
import type { ScoringOptions } from '../scoring/scorer';
import type { Verdict } from '../scoring/verdict';
import type { QuestionRow } from '../table/question-row';
import { judgeYesNo, readYesNo } from './read-yes-no';

/** A verdict a row: what the rules read, else what the judge does, else a miss. */
export function yesNoVerdicts(rows: readonly QuestionRow[], { judge, failed }: ScoringOptions): Promise<Verdict[]> {
  return aFewAtATime(rows, async (row) => {
    const prediction = row.prediction ?? '';
    const byRules = readYesNo(prediction);
    const ask = byRules === undefined && judge !== undefined && failed?.has(row.key) !== true;
    const byJudge = ask ? await judgeYesNo(judge, row.question, prediction) : undefined;
    const read = byRules ?? byJudge ?? '';
    const by = byRules !== undefined ? 'rules' : byJudge !== undefined ? 'judge' : 'nobody';
    return plainVerdict(row, { read, score: read !== '' && read === row.answer ? 1 : 0, by }, failed);
  });
}
