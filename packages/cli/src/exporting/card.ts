import { basename } from 'node:path';
import type { StageConfig, StageConfigOf } from '@moslora/specs';
import type { NamedStage } from '../stages/named-stage';
import type { ModelPlace } from '../merging/model-place';
import { readRun } from '../stages/run-file';
import { tuningStage } from '../tuning/stage-outputs';

type Tuning = StageConfigOf<'align'> | StageConfigOf<'instruct'>;

/** README.md of an exported model: what it is, data, recipe, scores, and how it is loaded. Names no path of this machine. */
export function modelCard(place: ModelPlace, use: readonly string[]): string {
  const { stage, layout, template } = place;
  const title = stage ? `${stage.open.name} ${stage.stage}` : basename(place.name);
  return [
    '---',
    `pipeline_tag: ${layout ? 'image-text-to-text' : 'text-generation'}`,
    'tags: [moslora, lora]',
    '---',
    `# ${title}`,
    '',
    ...(stage ? ofStage(stage) : ofFolder(place)),
    '## Use',
    '',
    ...use,
    '',
    template
      ? `Conversations are cut by the template \`${template.name}\` (template.json, for other programs chat_template.jinja): answers are only as good as the prompt is the same.`
      : "Conversations are cut by the tokenizer's own chat template.",
    '',
  ].join('\n');
}

function ofFolder({ decoder, layout }: ModelPlace): string[] {
  const adapters = [decoder.adapter, layout?.tower.adapter].filter((each) => each !== undefined);
  return [
    `A ${String(decoder.config['model_type'])} decoder${layout ? ' with a vision tower' : ''} from \`${basename(decoder.weights)}\`` +
      `${adapters.length > 0 ? `, tuned with the adapter \`${basename(adapters[0]!)}\`` : ''}. Data, recipe and scores are not known: it was exported from a folder, not from a run.`,
    '',
  ];
}

function ofStage({ open, stage, context }: NamedStage): string[] {
  const config = tuningStage(context.stages, stage);
  const { metrics, versions, seed, startedAt } = context.run(stage);
  const { train } = config;
  const adapter = 'adapter' in config ? config.adapter : undefined;
  const row = (name: string, value: unknown): string[] =>
    value === undefined ? [] : [`| ${name} | ${String(value)} |`];
  return [
    open.pipeline.description?.trim() ?? open.pipeline.title,
    '',
    '## Data',
    '',
    ...config.data.map((part) => `- ${dataLine(part, context.stages)}`),
    '',
    '## Recipe',
    '',
    '| | |',
    '| --- | --- |',
    ...row('stage', `${config.kind}: ${config.title ?? stage}`),
    ...row('base', sourceLine(config.base, context.stages)),
    ...row('tower', sourceLine(config.tower, context.stages)),
    ...(adapter
      ? row(
          'adapter',
          `${adapter.method}, rank ${adapter.rank}, alpha ${adapter.alpha}, dropout ${adapter.dropout}, on ${[adapter.targets].flat().join(', ')}`,
        )
      : []),
    ...row(
      'features',
      `layer ${[config.features.layer].flat().join(', ')}, ${config.features.select}, pooled ${config.features.pool} x ${config.features.pool}`,
    ),
    ...row('steps', metrics['steps']),
    ...row('batch', `${train.batchSize} x ${train.accumulate}`),
    ...row('learning rate', `${train.learningRate}, ${train.schedule.kind}, warmup ${train.warmup}`),
    ...row('conversations', metrics['samples']),
    ...row('trained tokens', metrics['trainedTokens']),
    ...row('last loss', metrics['finalLoss']),
    ...row('seed', seed),
    ...row(
      'made',
      `${startedAt.slice(0, 10)}, ${Object.entries(versions)
        .map(([name, version]) => `${name} ${version}`)
        .join(', ')}`,
    ),
    '',
    '## Scores',
    '',
    ...scoreLines(open, stage),
    '',
  ];
}

/** What every finished score stage of this model measured. */
function scoreLines(open: NamedStage['open'], stage: string): string[] {
  const rows = Object.entries(open.pipeline.stages).flatMap(([name, config]) => {
    if (config.kind !== 'score' || config.model.stage !== stage) return [];
    const metrics = readRun(open.outDir(name))?.metrics ?? {};
    return Object.entries(metrics).flatMap(([benchmark, value]) => {
      const { overall, questions, blind } = value as { overall?: number; questions?: number; blind?: boolean };
      if (typeof overall !== 'number') return [];
      const unseen = blind === true || config.blind ? ', pictures blanked' : '';
      return [`| ${benchmark} (${name}${unseen}) | ${questions ?? ''} | ${(100 * overall).toFixed(1)} |`];
    });
  });
  if (rows.length === 0) return ['None: no score stage of this model has run.'];
  return ['| benchmark | questions | overall, percent |', '| --- | --- | --- |', ...rows];
}

function dataLine(part: Tuning['data'][number], stages: Readonly<Record<string, StageConfig>>): string {
  const about = part as Record<string, unknown>;
  const source = 'stage' in part ? sourceLine({ stage: part.stage }, stages) : String(about['dataset'] ?? 'a file');
  const limit = about['limit'] === undefined ? '' : `, at most ${String(about['limit'])}`;
  return `${source}${about['split'] === undefined ? '' : `, ${String(about['split'])}`}${limit}`;
}

/** What a reference comes down to, without the paths of the machine it ran on. */
function sourceLine(reference: unknown, stages: Readonly<Record<string, StageConfig>>): string {
  const { stage, folder, package: name } = reference as { stage?: string; folder?: string; package?: string };
  if (name !== undefined) return name;
  if (folder !== undefined) return basename(folder);
  const config = stage === undefined ? undefined : stages[stage];
  if (config?.kind === 'quantize') return `${sourceLine(config.source, stages)} in NF4`;
  if (config?.kind === 'prepare') return config.dataset;
  return `what ${stage} left`;
}
