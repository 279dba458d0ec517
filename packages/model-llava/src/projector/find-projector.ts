import { checkTensors, type WeightSource } from '@moslora/checkpoint';
import { fail } from '@moslora/specs';

/** A projector's linear layers as a file names them, in the order they are applied. */
export interface FoundProjector {
  modules: string[];
  /** Width of the vision features. */
  visionSize: number;
  /** D of the decoder. */
  hiddenSize: number;
  bias: boolean;
}

/** How files name the layers: Hugging Face's `linear_1`, `linear_2`; a torch Sequential's `0`, `2`; or one layer without a name. */
interface Naming {
  /** The first layer's weight ends in this… */
  anchor: string;
  /** …and the layers of the module before it are called so. */
  module(index: number): string;
  /** Where true, only a name that is the anchor and nothing more. */
  whole?: boolean;
}

const sequential = (module: string, whole = false): Naming => ({
  anchor: `${module}.0.weight`,
  module: (index) => `${module}.${2 * index}`,
  whole,
});

const namings: Naming[] = [
  {
    anchor: 'multi_modal_projector.linear_1.weight',
    module: (index) => `multi_modal_projector.linear_${index + 1}`,
  },
  sequential('mm_projector'),
  { anchor: 'mm_projector.weight', module: () => 'mm_projector' },
  sequential('projector.model'),
  sequential('model', true),
];

/**
 * Finds the projector of a file: `multi_modal_projector.linear_{1,2}` (Hugging Face), `mm_projector.{0,2}` or `mm_projector` (the
 * original LLaVA), `model.{0,2}` (xtuner), each under whatever prefix.
 * @param expected layers and biases by the configuration, where it says
 * @throws UserError listing what is missing, of another shape, or without a place
 */
export function findProjector(
  source: WeightSource,
  expected: { depth?: number | undefined; bias?: boolean | undefined } = {},
): FoundProjector {
  const names = source.names();
  for (const naming of namings) {
    const anchor = names.find(
      (name) => name === naming.anchor || (!naming.whole && name.endsWith(`.${naming.anchor}`)),
    );
    if (anchor === undefined) continue;
    const prefix = anchor.slice(0, -naming.anchor.length);
    const module = (index: number): string => prefix + naming.module(index);
    const depth = expected.depth ?? layersOf(source, module);
    const modules = Array.from({ length: depth }, (_, index) => module(index));
    const bias = expected.bias ?? source.has(`${modules[0]}.bias`);
    const [hiddenSize = 0, visionSize = 0] = source.info(anchor).shape;
    const found = { modules, visionSize, hiddenSize, bias };
    const owner = anchor.slice(0, anchor.lastIndexOf('projector') + 'projector'.length);
    check(source, found, naming.whole ? '' : `${owner}.`);
    return found;
  }
  return fail({
    what: 'The file holds no projector',
    where: source.where,
    got: `${names.length} tensors: ${names.slice(0, 4).join(', ')} …`,
    expected: `a tensor whose name ends in ${namings.map(({ anchor }) => anchor).join(' or ')}`,
  });
}

function layersOf(source: WeightSource, module: (index: number) => string): number {
  let depth = 1;
  while (module(depth) !== module(depth - 1) && source.has(`${module(depth)}.weight`)) depth += 1;
  return depth;
}

function check(source: WeightSource, { modules, visionSize, hiddenSize, bias }: FoundProjector, owned: string): void {
  const tensors = modules.flatMap((module, index): [string, number[]][] => [
    [`${module}.weight`, [hiddenSize, index === 0 ? visionSize : hiddenSize]],
    ...(bias ? [[`${module}.bias`, [hiddenSize]] as [string, number[]]] : []),
  ]);
  checkTensors(source, {
    expected: new Map(tensors),
    owns: (name) => name.startsWith(owned),
    model: 'this projector',
  });
}
