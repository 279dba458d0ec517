import type { TargetConfiguration } from '@nx/devkit';

/** The command, by its file: starts faster than through npx, and needs no PATH. */
export const cli = 'node --max-semi-space-size=4 packages/cli/bin/moslora.mjs';

/** Variables that what runs depends on. */
export const environment = [
  'MOSLORA_BACKEND',
  'MOSLORA_KERNELS',
  'MOSLORA_CPU_LEVEL',
  'MOSLORA_PRESET',
  'MOSLORA_DATA',
  'MOSLORA_SHARED',
].map((env) => ({
  env,
}));

/** A preset that is asked for has outputs of its own, see the command's runsFolder. */
function presetSuffix(): string {
  const preset = process.env['MOSLORA_PRESET'];
  return preset === undefined || preset === '' || preset === 'none' ? '' : `-${preset}`;
}

/** A stage as far as Nx needs to know it. */
export interface StageFacts {
  pipeline: string;
  stage: string;
  title: string | undefined;
  kind: string;
  needs: string[];
  cache: boolean;
}

/** The Nx target of one stage. What is unfinished, checkpoints too, lies beside its outputs; `provision` asks the machine and is never cached. */
export function stageTarget({ pipeline, stage, title, kind, needs, cache }: StageFacts): TargetConfiguration {
  return {
    command: `${cli} stage pipelines/${pipeline} ${stage}`,
    dependsOn: needs,
    cache: cache && kind !== 'provision',
    inputs: [
      '{projectRoot}/pipeline.yaml',
      '{workspaceRoot}/configs/**/*',
      'allSources',
      ...environment,
      { dependentTasksOutputFiles: '**/run.json', transitive: false },
    ],
    outputs: [`{workspaceRoot}/runs/${pipeline}${presetSuffix()}/${stage}`],
    metadata: { description: title ?? `Stage of kind ${kind}` },
  };
}
