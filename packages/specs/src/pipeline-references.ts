import { didYouMean, listNames } from './closest-name';
import type { StageKind } from './stage-configs';
import { stageNeeds } from './pipeline';
import type { Problem } from './problem';
import { references } from './stage-references';

/** Which kinds of stage a reference may name, by `<kind>.<first key>`; `needs` may name any. */
const wanted: Record<string, StageKind[]> = {
  'pretrain-vision.data': ['prepare'],
  'pretrain-vision.holdout': ['prepare'],
  'pretrain-vision.tokenizer': ['quantize'],
  'align.tower': ['pretrain-vision', 'align', 'instruct'],
  'align.projector': ['align', 'instruct'],
  'align.base': ['quantize'],
  'align.data': ['prepare'],
  'align.validation.data': ['prepare'],
  'instruct.tower': ['pretrain-vision', 'align', 'instruct'],
  'instruct.base': ['quantize'],
  'instruct.data': ['prepare'],
  'instruct.validation.data': ['prepare'],
  'instruct.projector': ['align', 'instruct'],
  'score.model': ['instruct', 'align'],
  'score.benchmarks': ['prepare'],
  'report.tuned': ['score'],
  'report.beside': ['score'],
  'compare.runs.instruct': ['instruct'],
  'compare.runs.score': ['score'],
};

type Where = (path: readonly PropertyKey[]) => string;

/** Problems with the references among a pipeline's stages: unknown names, names of the wrong kind of stage, circles. */
export function referenceProblems(stages: Record<string, { kind: string }>, where: Where): Problem[] {
  const problems: Problem[] = [];
  for (const [stage, config] of Object.entries(stages)) {
    for (const reference of references(config)) {
      const place = where(['stages', stage, ...reference.path]);
      const target = stages[reference.name];
      if (!target) {
        problems.push({
          what: `stage \`${stage}\` refers to a stage that is not there`,
          where: place,
          got: reference.name,
          expected: `one of ${listNames(Object.keys(stages))}`,
          fix: didYouMean(reference.name, Object.keys(stages)) ?? 'add the stage, or correct the name',
        });
        continue;
      }
      const words = reference.path.filter((key) => typeof key === 'string' && key !== 'stage');
      const kinds = wanted[[config.kind, ...words].join('.')] ?? wanted[`${config.kind}.${String(words[0])}`];
      if (kinds && !kinds.some((kind) => kind === target.kind)) {
        const fitting = Object.keys(stages).filter((name) => kinds.some((kind) => kind === stages[name]?.kind));
        problems.push({
          what: `stage \`${stage}\` refers to a stage of another kind than it can use`,
          where: place,
          got: `${reference.name} (kind ${target.kind})`,
          expected: `a stage of kind ${kinds.join(' or ')}: ${listNames(fitting)}`,
        });
      }
    }
  }
  const circle = findCircle(stageNeeds(stages));
  if (circle) {
    problems.push({
      what: 'stages need each other in a circle',
      where: where(['stages', circle[0]!]),
      got: circle.join(' -> '),
      expected: 'an order in which every stage comes after what it needs',
      fix: 'remove one of these references',
    });
  }
  return problems;
}

/** A path from a stage back to itself, first stage repeated at the end, or undefined. */
function findCircle(needs: Record<string, string[]>): string[] | undefined {
  const done = new Set<string>();
  const search = (stage: string, path: string[]): string[] | undefined => {
    const start = path.indexOf(stage);
    if (start >= 0) return [...path.slice(start), stage];
    if (done.has(stage)) return undefined;
    for (const needed of needs[stage] ?? []) {
      const found = search(needed, [...path, stage]);
      if (found) return found;
    }
    done.add(stage);
    return undefined;
  };
  for (const stage of Object.keys(needs)) {
    const found = search(stage, []);
    if (found) return found;
  }
  return undefined;
}
