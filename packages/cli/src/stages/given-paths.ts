import { stageNeeds, stageOrder, UserError, type Problem, type StageConfig } from '@moslora/specs';
import type { OpenPipeline } from './open-pipeline';
import { givenPath } from './paths';

/** Every object in `value`, options of datasets apart, whose `key` is a text. */
export function holders(value: unknown, key: string): { name: string; holder: Record<string, unknown> }[] {
  if (typeof value !== 'object' || value === null) return [];
  const holder = value as Record<string, unknown>;
  return Object.entries(holder).flatMap(([at, inner]) =>
    at === key && typeof inner === 'string' ? [{ name: inner, holder }] : at === 'options' ? [] : holders(inner, key),
  );
}

/** The folders and files that a stage reads and no stage made: those that are there, and a problem for each that is not. */
export function findGiven(
  config: StageConfig,
  { pipelineFolder, where }: { pipelineFolder: string; where: string },
): { found: string[]; missing: Problem[] } {
  const found: string[] = [];
  const missing: Problem[] = [];
  for (const { name, holder } of ['folder', 'path', 'images'].flatMap((key) => holders(config, key))) {
    const origin = typeof holder['origin'] === 'string' ? holder['origin'] : undefined;
    try {
      found.push(givenPath(name, pipelineFolder, where, origin));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      missing.push(...error.problems);
    }
  }
  return { found, missing };
}

/** A line for every given folder or file that is missing and that a stage after this one will need: better said before hours of work. */
export function missingLater(open: OpenPipeline, stage: string): string[] {
  const needs = stageNeeds(open.pipeline.stages);
  const wantedBy = new Map<string, string[]>();
  for (const [later, config] of Object.entries(open.pipeline.stages)) {
    if (later === stage || !stageOrder(needs, later).includes(stage)) continue;
    const where = open.where(['stages', later]);
    for (const { what, got } of findGiven(config, { pipelineFolder: open.folder, where }).missing) {
      const line = `${got}: ${what}`;
      wantedBy.set(line, [...(wantedBy.get(line) ?? []), later]);
    }
  }
  return [...wantedBy].map(([line, stages]) => `warning: ${stages.join(', ')} will need ${line}`);
}
