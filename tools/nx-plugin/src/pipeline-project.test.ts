import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pipelineProject, stageTargets } from './pipeline-project';

describe('stageTargets', () => {
  it('makes a target per stage, after what it refers to', () => {
    const targets = stageTargets('p', {
      stages: {
        provision: { kind: 'provision' },
        prepare: { kind: 'prepare', dataset: 'a', title: 'Draw' },
        score: { kind: 'score', cache: false, benchmarks: { en: { tsv: { stage: 'prepare', file: 'a.tsv' } } } },
      },
    });
    expect(Object.keys(targets)).toEqual(['provision', 'prepare', 'score']);
    expect(targets['score']).toMatchObject({
      command: 'node --max-semi-space-size=4 packages/cli/bin/moslora.mjs stage pipelines/p score',
      dependsOn: ['provision', 'prepare'],
      cache: false,
      outputs: ['{workspaceRoot}/runs/p/score'],
    });
    expect(targets['prepare']).toMatchObject({ cache: true, metadata: { description: 'Draw' } });
    expect(targets['provision']).toMatchObject({ cache: false });
  });

  it('keeps targets of a pipeline with mistakes in it, so that running one reports them', () => {
    expect(
      Object.keys(stageTargets('p', { stages: { a: { kind: 'scroe', model: { stage: 'b' } }, b: null } })),
    ).toEqual(['a', 'b']);
    expect(stageTargets('p', 'nothing')).toEqual({});
  });
});

describe('pipelineProject', () => {
  it('has a target that plans, beside those of its stages', () => {
    const root = mkdtempSync(join(tmpdir(), 'project-'));
    mkdirSync(join(root, 'pipelines/p'), { recursive: true });
    writeFileSync(join(root, 'pipelines/p/pipeline.yaml'), 'title: A\nstages: { prepare: { kind: prepare } }\n');
    const { targets } = pipelineProject(root, 'pipelines/p');
    expect(Object.keys(targets ?? {})).toEqual(['plan', 'prepare']);
    expect(targets?.['plan']).toMatchObject({
      command: 'node --max-semi-space-size=4 packages/cli/bin/moslora.mjs plan pipelines/p',
      cache: false,
    });
    rmSync(root, { recursive: true });
  });

  it('names the place of what is not YAML', () => {
    const root = mkdtempSync(join(tmpdir(), 'project-'));
    try {
      mkdirSync(join(root, 'pipelines/p'), { recursive: true });
      writeFileSync(join(root, 'pipelines/p/pipeline.yaml'), 'title: "A\n');
      expect(() => pipelineProject(root, 'pipelines/p')).toThrow(
        /YAML cannot be read(.|\n)*pipelines\/p\/pipeline\.yaml:\d+:\d+/,
      );
    } finally {
      rmSync(root, { recursive: true });
    }
  });
});
