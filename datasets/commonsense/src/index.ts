import type { Benchmark } from '@moslora/specs';
import { instructionRows, likelihoodRows } from './rows';
import { tasks } from './tasks';

const COMMIT = '816657208af4db747803f87ba40a4c71383fed7a';

/** Each task twice: the label in what the model writes (`boolq`), and the likelier option (`boolq_likelihood`), from the same file. */
export const benchmarks: readonly Benchmark[] = tasks.flatMap((task): Benchmark[] => {
  const common = {
    language: 'en',
    licence: task.licence,
    source: 'https://github.com/AGI-Edgerunners/LLM-Adapters (dataset/), the files that MoSLoRA was scored with',
    files: [
      {
        name: `commonsense/${task.folder}.json`,
        url: `https://raw.githubusercontent.com/AGI-Edgerunners/LLM-Adapters/${COMMIT}/dataset/${task.folder}/test.json`,
        hashes: [{ kind: 'git', digest: task.hash }],
      },
    ],
    pictures: 'none',
    asked: { after: '' },
  } as const satisfies Partial<Benchmark>;
  return [
    {
      ...common,
      name: task.name,
      title: `${task.title}, the first label in the answer`,
      rows: instructionRows(task),
      columns: ['labels', 'answer'],
      scorer: 'first-match',
      maxNewTokens: 32,
    },
    {
      ...common,
      name: `${task.name}_likelihood`,
      title: `${task.title}, the likeliest option`,
      rows: likelihoodRows(task),
      columns: ['A', 'B', 'answer'],
      scorer: 'likelihood',
      maxNewTokens: 0,
    },
  ];
});
