import { z } from 'zod';
import { references, name } from './stage-references';
import { stageConfigSchema } from './stage-configs';

/** pipelines/<name>/pipeline.yaml, after names of configurations are replaced by what they name. */
export const pipelineSchema = z.strictObject({
  title: z.string().min(1),
  description: z.string().optional(),
  presets: z
    .record(
      name,
      z.strictObject({
        description: z.string().optional().describe('when to take it, said in the output and in the report'),
        stages: z.record(name, z.record(z.string(), z.unknown())).describe('what differs, merged into the stages'),
      }),
    )
    .default({}),
  stages: z.record(name, stageConfigSchema),
});
export type Pipeline = z.infer<typeof pipelineSchema>;

/**
 * What each stage needs: the stages that its references and `needs` name, and the pipeline's `provision` stage, which decides the
 * backend and so the preset. Takes unchecked stages too, and leaves out names that the pipeline does not have.
 */
export function stageNeeds(stages: Record<string, unknown>): Record<string, string[]> {
  const kindOf = (stage: string): unknown => (stages[stage] as { kind?: unknown } | undefined)?.kind;
  const provisions = Object.keys(stages).filter((stage) => kindOf(stage) === 'provision');
  return Object.fromEntries(
    Object.entries(stages).map(([stage, config]) => {
      const named = references(config).map((reference) => reference.name);
      const known = [...new Set([...(kindOf(stage) === 'provision' ? [] : provisions), ...named])].filter(
        (needed) => needed !== stage && needed in stages,
      );
      return [stage, known];
    }),
  );
}

/** The stages that come before `target`, in an order in which each comes after its needs, `target` last. */
export function stageOrder(needs: Record<string, string[]>, target: string): string[] {
  const order: string[] = [];
  const visit = (stage: string): void => {
    if (order.includes(stage)) return;
    for (const needed of needs[stage] ?? []) visit(needed);
    order.push(stage);
  };
  visit(target);
  return order;
}
