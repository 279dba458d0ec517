import { basename, dirname } from 'node:path';
import { createNodesFromFiles, type CreateNodes } from '@nx/devkit';
import { packageTargets } from './package-targets';
import { pipelineProject } from './pipeline-project';

export const name = '@moslora/nx-plugin';

/**
 * What Nx knows without a line of configuration: each pipelines/<name>/pipeline.yaml is a project with a target per stage, each
 * package and dataset has `test` and `typecheck`, and `runtime` has `provision`.
 */
export const createNodes: CreateNodes = [
  '{pipelines/*/pipeline.yaml,{packages,datasets,tools}/*/package.json}',
  (files, options, context) =>
    createNodesFromFiles(
      (file) => {
        const root = dirname(file);
        const isPipeline = basename(file) === 'pipeline.yaml';
        return {
          projects: {
            [root]: isPipeline ? pipelineProject(context.workspaceRoot, root) : { targets: packageTargets(root) },
          },
        };
      },
      files,
      options,
      context,
    ),
];
