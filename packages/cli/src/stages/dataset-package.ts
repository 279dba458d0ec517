import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { didYouMean, fail, listNames, zodProblems, type Dataset } from '@moslora/specs';
import { root } from './paths';
import { packageEntry } from './source-closure';

/** Names under datasets/. */
export function knownDatasets(): string[] {
  return readdirSync(join(root, 'datasets')).filter((name) => existsSync(join(root, 'datasets', name, 'package.json')));
}

/** The dataset of this name: the default export of @moslora/dataset-<name>. @throws UserError that lists the known ones. */
export async function loadDataset(name: string, where: string): Promise<Dataset> {
  const entry = packageEntry(root, `@moslora/dataset-${name}`);
  if (!existsSync(entry)) {
    fail({
      what: `unknown dataset \`${name}\``,
      where,
      got: name,
      expected: `one of ${listNames(knownDatasets())}`,
      fix: didYouMean(name, knownDatasets()) ?? `npx nx g @moslora/nx-plugin:dataset ${name}`,
    });
  }
  const { default: dataset } = (await import(entry)) as { default?: Dataset };
  if (dataset) return dataset;
  return fail({
    what: `dataset \`${name}\` has nothing to train on: it holds benchmarks`,
    where,
    got: name,
    fix: 'name one of its benchmarks where a model is scored; `npx moslora benchmarks` lists them',
  });
}

/** The dataset's options with defaults filled in. @throws UserError with every problem, each at its place in the pipeline. */
export function datasetOptions(
  dataset: Dataset,
  given: Record<string, unknown>,
  where: (path: readonly PropertyKey[]) => string,
): Record<string, unknown> {
  const checked = dataset.options.safeParse(given);
  if (checked.success) return checked.data;
  return fail(zodProblems(checked.error.issues, { value: given, schema: dataset.options, where }));
}
