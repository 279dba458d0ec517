import { decoderPlace, familyPackage } from '@moslora/model-llava';
import type { FolderRef } from '@moslora/specs';
import { orElse } from '../stages/or-else';
import type { StageContext } from '../stages/stage';

/**
 * The package of a base's decoder family: it is imported by the name that config.json says, so that no source text leads to it. Empty
 * where the base is not there yet or of no known family, which the stage itself says better.
 */
export function decoderPackage({ input }: Pick<StageContext<unknown>, 'input'>, base: FolderRef): string[] {
  return orElse(() => {
    const { config, where } = decoderPlace(input(base));
    return [familyPackage(config['model_type'], where)];
  }, []);
}
