import { join } from 'node:path';
import type { DataRef } from '@moslora/specs';
import { describeShared, sharedFolder } from '@moslora/testing';
import { afterEach, expect, it, vi } from 'vitest';
import { Reporter } from '../progress/reporter';
import { samplesOf } from '../tuning/mixture';
import { findGiven } from './given-paths';
import { openPipeline } from './open-pipeline';
import { root } from './paths';
import { stageContext } from './stage-context';

describeShared('pipelines/real-tiny', () => {
  afterEach(() => vi.unstubAllEnvs());

  it.each(['.', 'data'])('finds its models, tables and datasets where MOSLORA_DATA is shared/%s', async (inside) => {
    vi.stubEnv('MOSLORA_DATA', join(sharedFolder(), inside));
    const open = openPipeline(join(root, 'pipelines/real-tiny'), 'smoke');
    for (const [name, config] of Object.entries(open.pipeline.stages)) {
      const where = open.where(['stages', name]);
      expect(findGiven(config, { pipelineFolder: open.folder, where }).missing).toEqual([]);
      const context = stageContext(open, name, config, {
        reporter: new Reporter({ write: () => undefined }),
        signal: new AbortController().signal,
      });
      for (const part of 'train' in config && config.kind !== 'pretrain-vision' ? config.data : []) {
        expect(await samplesOf(await context.data(part as DataRef), 2)).toHaveLength(2);
      }
    }
  });
});
