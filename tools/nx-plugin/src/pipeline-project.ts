import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { ProjectConfiguration, TargetConfiguration } from '@nx/devkit';
import { stageNeeds, YamlText } from '@moslora/specs';
import { planTarget, stageTarget } from './stage-target';

/**
 * The Nx project of a pipeline. A mistake inside the file leaves its targets standing wherever they can still be told, so that
 * running one of them reports the mistake in full; only a file that is not YAML at all is reported here.
 */
export function pipelineProject(workspaceRoot: string, root: string): Omit<ProjectConfiguration, 'root'> {
  const file = join(root, 'pipeline.yaml');
  const text = new YamlText(readFileSync(join(workspaceRoot, file), 'utf8'), file);
  return {
    name: basename(root),
    projectType: 'application',
    tags: ['layer:pipeline'],
    targets: { plan: planTarget(basename(root)), ...stageTargets(basename(root), text.value) },
  };
}

/** One target for every stage of a pipeline, checked or not. */
export function stageTargets(pipeline: string, value: unknown): Record<string, TargetConfiguration> {
  const stages = record(record(value)['stages']);
  const needs = stageNeeds(stages);
  return Object.fromEntries(
    Object.entries(stages).map(([stage, config]) => {
      const { title, kind, cache } = record(config);
      const facts = { pipeline, stage, kind: String(kind), needs: needs[stage] ?? [], cache: cache !== false };
      return [stage, stageTarget({ ...facts, title: typeof title === 'string' ? title : undefined })];
    }),
  );
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
