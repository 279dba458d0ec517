import { basename } from 'node:path';
import { abbreviate, questionsIn, resultsIn } from '@moslora/evaluation';
import { fail, type EvaluationResult, type QuestionVerdict } from '@moslora/specs';
import type { PageData, PageOutcome, PageQuestion } from '@moslora/page';

/** A folder with results, and what pages call it. */
export interface ResultFolder {
  folder: string;
  label?: string | undefined;
}

/** One run on a page. */
export interface PageRun {
  label: string;
  /** By benchmark. */
  results: Map<string, EvaluationResult>;
  questions: Map<string, QuestionVerdict[]>;
}

/** Runs that a page shows at most: radars of more cannot be read. */
export const MOST_RUNS = 6;

/** Reads what runs left, benchmarks in English first. @throws UserError for more than six, two of one name, or a folder without results */
export function readRuns(folders: readonly ResultFolder[]): PageRun[] {
  const labels = folders.map(({ folder, label }) => label ?? basename(folder));
  const twice = labels.find((label, i) => labels.indexOf(label) !== i);
  if (folders.length > MOST_RUNS)
    fail({ what: 'too many runs for one page', got: `${folders.length} folders`, expected: `at most ${MOST_RUNS}` });
  if (twice !== undefined) fail({ what: 'two runs of one name', got: twice, fix: 'name them: LABEL=FOLDER' });
  return folders.map(({ folder }, i) => {
    const results = resultsIn(folder).sort((a, b) => Number(a.language !== 'en') - Number(b.language !== 'en'));
    return {
      label: labels[i]!,
      results: new Map(results.map((result) => [result.benchmark, result])),
      questions: new Map(results.map(({ benchmark }) => [benchmark, questionsIn(folder, benchmark)])),
    };
  });
}

/** Names of the benchmarks of all runs, in order of first appearance. */
export const benchmarkNames = (runs: readonly PageRun[]): string[] => [
  ...new Set(runs.flatMap(({ results }) => [...results.keys()])),
];

/** The first run's result of a benchmark that has one. */
export function anyResult(runs: readonly PageRun[], benchmark: string): EvaluationResult {
  return runs.map(({ results }) => results.get(benchmark)).find((result) => result !== undefined)!;
}

/** The list of questions: those of all runs, each once. Pictures are filled in later. */
export function pageData(runs: readonly PageRun[]): PageData {
  const names = benchmarkNames(runs);
  return {
    runs: runs.map(({ label }) => label),
    benchmarks: names.map((name) => ({ name, title: anyResult(runs, name).title })),
    questions: names.flatMap((name, benchmark) => questionsOf(runs, name, benchmark)),
  };
}

function questionsOf(runs: readonly PageRun[], name: string, benchmark: number): PageQuestion[] {
  const byKey = new Map<string, PageQuestion>();
  runs.forEach(({ questions }, run) => {
    for (const verdict of questions.get(name) ?? []) {
      let question = byKey.get(verdict.key);
      if (!question) {
        const { key, question: text, options, category, l2Category, split } = verdict;
        question = {
          ...{ benchmark, key, question: text, options, leaf: category, split, runs: runs.map(() => null) },
          ability: l2Category === undefined ? undefined : abbreviate(l2Category),
        };
        byKey.set(key, question);
      }
      question.runs[run] = outcomeOf(verdict);
    }
  });
  return [...byKey.values()];
}

const outcomeOf = ({ score, rows }: QuestionVerdict): PageOutcome => ({ score, rows });
