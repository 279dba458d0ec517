import { fail } from '@moslora/specs';
import { elementCount } from '../dtype';
import type { OnnxGraph, OnnxNode, OnnxTensor } from './graph';
import { isFloating } from './tensor-values';

/** A weight found in the graph, under the path of the module that uses it. */
export interface OnnxWeight {
  /** Module path and leaf, such as `model.layers.0.mlp.up_proj.weight`. */
  path: string;
  tensor: OnnxTensor;
  /** Of a quantised weight: w = (q - zeroPoint) * scale, both per tensor or one per column. */
  scale?: OnnxTensor;
  zeroPoint?: OnnxTensor;
  /** Stored as (in, out), the way MatMul takes it; published checkpoints hold (out, in). */
  transposed: boolean;
}

/** Ops that take a weight, with the input it arrives at and what the module calls it. */
const roles: Record<string, Record<number, 'weight' | 'bias'>> = {
  MatMul: { 1: 'weight' },
  MatMulInteger: { 1: 'weight' },
  DynamicQuantizeMatMul: { 1: 'weight' },
  Gemm: { 1: 'weight', 2: 'bias' },
  Gather: { 0: 'weight' },
  Mul: { 0: 'weight', 1: 'weight' },
  Add: { 0: 'bias', 1: 'bias' },
};

/**
 * Finds the weights among the initialisers. A quantised one is `X_quantized` with `X_scale` and `X_zero_point` (ONNX Runtime's
 * quantiser). Its name is X where that is a module path; an exporter's invented name (`onnx::MatMul_123`) gives way to the path
 * in the name of the node that uses the tensor (`/model/layers.0/mlp/up_proj/MatMul` -> `model.layers.0.mlp.up_proj.weight`).
 * All weights that stay nameless are reported at once.
 */
export function findWeights(path: string, graph: OnnxGraph): OnnxWeight[] {
  const weights: OnnxWeight[] = [];
  const nameless: string[] = [];
  for (const tensor of graph.tensors.values()) {
    const quantised = /^(.*)_quantized$/.exec(tensor.name)?.[1];
    const isScale = graph.tensors.has(tensor.name.replace(/_scale$/, '_quantized')) && tensor.name.endsWith('_scale');
    if (isScale || (quantised === undefined && (!isFloating(tensor.type) || elementCount(tensor.shape) < 2))) continue;
    const use = findUse(graph, tensor.name);
    const weightPath = pathOf(quantised ?? tensor.name, use);
    if (weightPath === undefined) {
      nameless.push(
        `${tensor.name} (${tensor.shape.join(', ')})${use ? ` used by ${use.node.op} ${use.node.name}` : ''}`,
      );
      continue;
    }
    const weight: OnnxWeight = { path: weightPath, tensor, transposed: isTransposed(tensor, use) };
    weights.push(quantised === undefined ? weight : { ...weight, ...quantisation(path, graph, quantised) });
  }
  if (nameless.length > 0) {
    fail({
      what: `${nameless.length} weights of the ONNX file cannot be named`,
      where: path,
      got: nameless.slice(0, 8).join('; '),
      expected: 'node names that carry the module path, as in /model/layers.0/mlp/up_proj/MatMul',
      fix: 'export the model again with node names kept, or use its safetensors checkpoint',
    });
  }
  return weights;
}

interface Use {
  node: OnnxNode;
  input: number;
}

/** The node that computes with a tensor, looking through DequantizeLinear, Cast and Transpose. */
function findUse(graph: OnnxGraph, name: string): Use | undefined {
  for (const node of graph.nodes) {
    const input = node.inputs.indexOf(name);
    if (input < 0) continue;
    const passes = input === 0 && ['DequantizeLinear', 'Cast', 'Transpose'].includes(node.op);
    const use = passes ? findUse(graph, node.outputs[0] ?? '') : roles[node.op]?.[input] ? { node, input } : undefined;
    if (use) return use;
  }
  return undefined;
}

function pathOf(name: string, use: Use | undefined): string | undefined {
  if (/^[\w-]+(\.[\w-]+)+$/.test(name)) return name;
  const modules =
    use?.node.name
      .split('/')
      .filter((part) => part !== '')
      .slice(0, -1) ?? [];
  const leaf = use && roles[use.node.op]?.[use.input];
  return leaf && modules.length > 0 ? `${modules.join('.')}.${leaf}` : undefined;
}

function isTransposed(tensor: OnnxTensor, use: Use | undefined): boolean {
  if (tensor.shape.length !== 2 || !use) return false;
  return use.node.op.includes('MatMul') || (use.node.op === 'Gemm' && use.node.integers.transB !== 1);
}

function quantisation(path: string, graph: OnnxGraph, name: string): { scale: OnnxTensor; zeroPoint?: OnnxTensor } {
  const scale = graph.tensors.get(`${name}_scale`);
  const zeroPoint = graph.tensors.get(`${name}_zero_point`);
  if (!scale)
    fail({
      what: 'A quantised weight has no scale',
      where: `${path}, initialiser ${name}_quantized`,
      expected: `${name}_scale`,
    });
  return zeroPoint ? { scale, zeroPoint } : { scale };
}
