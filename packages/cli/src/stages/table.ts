import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { StageKind } from '@moslora/specs';
import type { Stage } from './stage';

/** File of a kind's stage; the kind's name is the file's. */
export function stageFile(kind: StageKind): string {
  return join(import.meta.dirname, 'kinds', `${kind}.ts`);
}

/** Loads the stage of a kind, and with it only what that kind needs. */
export async function loadStage<K extends StageKind>(kind: K): Promise<Stage<K>> {
  if (!existsSync(stageFile(kind))) throw new Error(`stages/kinds/${kind}.ts is missing`);
  const module = (await import(`./kinds/${kind}.ts`)) as { stage: Stage<K> };
  return module.stage;
}
