import { writeSafetensors, type TensorToWrite } from '@moslora/checkpoint';
import { expectNoLeak, maxAbsDiff } from '@moslora/testing';
import { describe, expect, it } from 'vitest';
import { comparedLayouts, logitsOf } from '../fixtures/compared-layouts';
import {
  linearsAt,
  sequentialAt,
  writeDecoder,
  writeFolder,
  writeOriginal,
  writeTower,
} from '../fixtures/layout-folders';
import { composeLlava, loadDecoderFolder, loadLlavaFolder, loadVisionFolder } from '../load-folder';
import { Projector } from '../projector/projector';

const given = comparedLayouts();

describe('a LLaVA put together', () => {
  it('from a tower folder, a decoder folder and a projector in any of its namings', async () => {
    const [base, tower] = [writeDecoder(given.folder(), given.parts), writeTower(given.folder(), given.parts)];
    const file = (tensors: TensorToWrite[]): string => {
      const path = `${given.folder()}.safetensors`;
      writeSafetensors(path, tensors);
      return path;
    };
    const projectors = [
      file(linearsAt(given.parts, 'multi_modal_projector.')),
      file(sequentialAt(given.parts, 'model.mm_projector.')),
      file(sequentialAt(given.parts, 'projector.model.')),
      file(sequentialAt(given.parts, 'model.')),
      writeFolder(given.folder(), {}, sequentialAt(given.parts, 'model.')),
      writeOriginal(given.folder(), given.parts, { tower }),
    ];
    for (const projector of projectors)
      expect(maxAbsDiff(logitsOf(await composeLlava({ base, tower, projector })), given.expected)).toBe(0);
  });

  it('with a fresh projector of the right widths, the same for the same seed', async () => {
    const [base, tower] = [writeDecoder(given.folder(), given.parts), writeTower(given.folder(), given.parts)];
    const model = await composeLlava({ base, tower, featureLayer: [-2, -1] }, { seed: 3 });
    expect(model.projector.shape).toEqual({ visionSize: 32, hiddenSize: 24, bias: true, depth: 2, activation: 'gelu' });
    const again = await composeLlava({ base, tower, featureLayer: [-2, -1] }, { seed: 3 });
    expect(maxAbsDiff(logitsOf(again), logitsOf(model))).toBe(0);
  });

  it('gives one part of any layout alone, and leaks nothing', async () => {
    const dir = writeOriginal(given.folder(), given.parts, { tower: writeTower(given.folder(), given.parts) });
    await expectNoLeak(async () => (await loadDecoderFolder(dir)).dispose());
    await expectNoLeak(async () => (await loadVisionFolder(dir)).dispose());
    await expectNoLeak(async () => (await loadLlavaFolder(dir)).dispose());
    const tower = await loadVisionFolder(dir, { imageSize: 32 });
    expect(tower.patches).toBe(16);
    tower.dispose();
    Projector.open(dir).dispose();
  });
});
