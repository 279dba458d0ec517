import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fail, type BaseSource } from '@moslora/specs';
import { root } from '../stages/paths';
import type { StageContext } from '../stages/stage';

/** The folder of a base model that comes as an npm package, or the folder that is named. @throws UserError where it is not there */
export function baseFolder(source: BaseSource, context: Pick<StageContext<unknown>, 'input' | 'where'>): string {
  if ('folder' in source) return context.input(source);
  try {
    return dirname(createRequire(join(root, 'package.json')).resolve(`${source.package}/package.json`));
  } catch (error) {
    return fail({
      what: `the npm package ${source.package}, which holds the base model, is not installed`,
      where: context.where(),
      got: error instanceof Error ? error.message.split('\n')[0] : String(error),
      fix: 'npm ci',
    });
  }
}
