import { tf } from '@moslora/runtime';
import { customOp, toSave } from '../custom-op';
import { currentCompute } from '../execution/compute';
import { DT } from '../execution/binding';
import { full, runKernel, working, type KernelType } from '../execution/kernel-op';
import { recipeOf } from '../made-again';
import { withMembers, type Projection } from './members';

export interface ProjectionOptions {
  /** (N, sum of outputs), added to the result, which is then float32. */
  residual?: tf.Tensor2D;
  /** false where nothing before x learns: no gradient of x is then computed. */
  inputGradient?: boolean;
}

/**
 * y_i = x W_iᵀ + b_i + s ((x A_iᵀ) M_iᵀ) B_iᵀ for linear layers that share x (N, in), side by side -> (N, sum of outputs), as one op of
 * ours: NF4 weights are unpacked inside the product. W_i and b_i are frozen. Gradients reach x, the residual and every A_i, B_i and M_i;
 * with u = x Aᵀ, v = u Mᵀ, ∂v = s g B and ∂u = ∂v M: ∂B = s gᵀv, ∂M = ∂vᵀu, ∂A = ∂uᵀx, ∂x = g W + ∂u A. It saves x, or what x can be made
 * again from, the v_i (N, R) and, with mixers, the u_i in the type of the products.
 */
export function fusedProjections(
  x: tf.Tensor2D,
  members: readonly Projection[],
  { residual, inputGradient = true }: ProjectionOptions = {},
): tf.Tensor2D {
  const learning = members.flatMap(({ factors }) => {
    if (factors === undefined) return [];
    return factors.mixer === undefined ? [factors.a, factors.b] : [factors.a, factors.b, factors.mixer];
  });
  const adapted = learning.length > 0;
  const recipe = recipeOf(x);
  const inputs = [...(inputGradient ? [x] : []), ...(residual ? [residual] : []), ...learning];
  return customOp(inputs, (save) => {
    const compute = currentCompute();
    const type: KernelType = compute.precision === 'bfloat16' ? DT.bfloat16 : DT.float32;
    const entered = adapted ? toSave(compute, x) : x;
    const biases = members.flatMap(({ bias }) => (bias ? [full(bias)] : []));
    const n = x.shape[0];
    const yType = residual ? DT.float32 : type;
    const narrow = members.map(({ factors }) => ({ shape: [n, factors?.a.shape[0] ?? 0], type }));
    const mixed = members[0]?.factors?.mixer !== undefined;
    const outputs = [
      { shape: [n, members.reduce((sum, { weight }) => sum + weight.shape[0], 0)], type: yType },
      ...(adapted ? [...narrow, ...(mixed ? narrow : [])] : []),
    ];
    const [y, ...vs] = withMembers(compute, type, members, ({ inputs, attributes }) =>
      runKernel(
        'MosloraProjections',
        {
          ...attributes,
          B: biases.length,
          S: residual ? 1 : 0,
          V: outputs.length - 1,
          Y: { type: yType },
          wide: residual !== undefined,
        },
        [working(entered, type), ...inputs, ...biases, ...(residual ? [full(residual)] : [])],
        outputs,
      ),
    );
    const kept = recipe?.from ?? [entered];
    if (adapted) save([...kept, ...vs]);
    return {
      value: y as tf.Tensor2D,
      gradient: (dy, saved) => {
        const of = adapted ? saved.slice(0, kept.length) : [dy];
        const products = saved.slice(kept.length);
        const rows = adapted && recipe ? recipe.make(of) : of[0]!;
        const gradients = withMembers(compute, type, members, ({ inputs, attributes }) =>
          runKernel(
            'MosloraProjectionsGradient',
            {
              ...attributes,
              V: products.length,
              D: inputGradient ? 1 : 0,
              G: learning.length,
              input_gradient: inputGradient,
              inputs: members[0]!.weight.shape[1],
            },
            [working(dy, type), working(rows, type), ...products.map((v) => working(v, type)), ...inputs],
            (inputGradient ? 1 : 0) + learning.length,
          ),
        );
        if (residual === undefined) return gradients;
        return inputGradient ? [gradients[0]!, dy, ...gradients.slice(1)] : [dy, ...gradients];
      },
    };
  }) as tf.Tensor2D;
}
