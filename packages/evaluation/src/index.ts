export { abilities, abbreviate, abilityAbbreviations, abilityNames, type Ability } from './scoring/abilities';
export { differenceKinds, ruleDifference, type DifferenceKind, type RuleDifference } from './inference/rule-difference';
export { inferenceRules, inferOption, parseRules, type Choices, type InferenceRules } from './inference/infer-option';
export { baseIndex, ROTATION_STEP, type MmbenchRow, type QuestionRow } from './table/question-row';
export {
  checkQuestions,
  readMmbenchTsv,
  readPredictions,
  readQuestions,
  writeMmbenchTsv,
  type MmbenchTable,
  type QuestionShape,
  type QuestionTable,
} from './table/question-table';
export { readTable, type Table } from './table/read-table';
export { tableOf } from './table/rows-table';
export { pictureOf } from './table/pictures';
export { writePredictions, writeSubmission } from './table/predictions-file';
export { FACTS_SHEET, type CutCell } from './xlsx/write-workbook';
export { readSheet } from './xlsx/read-sheet';
export { askedText, buildPrompt, promptStyles, type PromptStyle } from './prompts/prompts';
export {
  circularEval,
  rotationGroups,
  type CircularResult,
  type QuestionResult,
  type RotationResult,
} from './scorers/circular/circular-eval';
export { abilityTable, type ScoreRow } from './scorers/circular/ability-table';
export { scorePredictions, summarise, type Scores } from './scorers/circular/score-predictions';
export { abilityRows, type AbilityRows, type NamedScores } from './scorers/circular/ability-rows';
export { isExactMatch, normaliseAnswer, scoreOpenAnswers, type OpenScores } from './scorers/exact-match/exact-match';
export { continuationsOf, likelihoodText, type Continuation } from './scorers/likelihood/continuations';
export { scorers } from './scorers/scorers';
export type { Scored, Scorer, ScoringOptions } from './scoring/scorer';
export type { MeasuredValue, Measure } from './scoring/measure';
export type { RowVerdict, Verdict } from './scoring/verdict';
export { openAiJudge, type JudgeEndpoint } from './judge/openai-judge';
export { RememberingJudge } from './judge/remembering-judge';
export type { Judge } from './judge/judge';
export { bootstrapFacts, withIntervals } from './statistics/bootstrap';
export { mcnemar, type PairedTest } from './statistics/mcnemar';
export { sameEngine } from './results/asked-facts';
export { factsBeside, factsPath, scoredBy, tableFacts, type TableFacts } from './results/table-facts';
export { AnswersFile, differences, headerFacts, type AnsweredRow, type AnswersHeader } from './results/answers-file';
export { JsonLines } from './results/json-lines';
export { writeQuestionResults, writeScores, writeScoreTable } from './results/results-file';
export { resultOf, type BenchmarkResult, type ResultOptions } from './results/result';
export { questionsIn, resultFiles, resultsIn, writeResult } from './results/result-files';
export { byKind, compareRules, rulesTable, type DifferingRow, type RulesComparison } from './results/compare-rules';
export { compareRuns, SHOWN, type ComparedRun, type Comparison, type Difference } from './results/compare';
export { chooseQuestions, parseShard, type ShardPlace } from './table/choose-questions';
