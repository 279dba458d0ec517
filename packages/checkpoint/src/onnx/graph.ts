import { readFileSync } from 'node:fs';
import { fail } from '@moslora/specs';
import { fieldsOf, packedIntegers, textOf, type Field } from './wire';

/** An initialiser: constant data of the graph. Element types are ONNX's numbers (TensorProto.DataType). */
export interface OnnxTensor {
  name: string;
  shape: number[];
  type: number;
  /** `raw_data`, little-endian, or the packed float_data. */
  raw?: Uint8Array;
  /** int32_data (which also carries int8, uint8 and half values) or int64_data. */
  integers?: number[];
  /** float_data or double_data, unpacked. */
  floats?: number[];
  external: boolean;
}

export interface OnnxNode {
  name: string;
  op: string;
  inputs: string[];
  outputs: string[];
  /** Integer attributes, such as transB. */
  integers: Record<string, number>;
}

export interface OnnxGraph {
  tensors: Map<string, OnnxTensor>;
  nodes: OnnxNode[];
}

/**
 * Reads the nodes and initialisers of an ONNX file (field numbers from onnx.proto3 of https://github.com/onnx/onnx).
 * Tensor data stays a view of the file's bytes. Throws a UserError for a missing, cut-short or foreign file.
 */
export function readOnnx(path: string): OnnxGraph {
  const bytes = readBytes(path);
  try {
    const graphs = [...fieldsOf(bytes)].filter((field) => field.id === 7 && field.bytes.length > 0);
    if (graphs[0] && graphs.length === 1) return parseGraph(graphs[0].bytes);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  return fail({
    what: 'The file is not an ONNX model, or was cut short',
    where: path,
    got: `${bytes.length} bytes${textOf(bytes.subarray(0, 8)) === 'version ' ? ', a Git LFS pointer' : ''}`,
    fix: 'get the file again',
  });
}

function readBytes(path: string): Uint8Array {
  try {
    // Not a Buffer: its slice() would be a view, and typed arrays need aligned copies.
    const { buffer, byteOffset, byteLength } = readFileSync(path);
    return new Uint8Array(buffer, byteOffset, byteLength);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return fail({
      what: 'The ONNX file cannot be read',
      where: path,
      got: code === 'ENOENT' ? 'no such file' : message,
    });
  }
}

function parseGraph(message: Uint8Array): OnnxGraph {
  const graph: OnnxGraph = { tensors: new Map(), nodes: [] };
  for (const { id, bytes } of fieldsOf(message)) {
    if (id === 1) graph.nodes.push(parseNode(bytes));
    if (id === 5) {
      const tensor = parseTensor(bytes);
      graph.tensors.set(tensor.name, tensor);
    }
  }
  return graph;
}

function parseNode(message: Uint8Array): OnnxNode {
  const node: OnnxNode = { name: '', op: '', inputs: [], outputs: [], integers: {} };
  for (const { id, bytes } of fieldsOf(message)) {
    if (id === 1) node.inputs.push(textOf(bytes));
    if (id === 2) node.outputs.push(textOf(bytes));
    if (id === 3) node.name = textOf(bytes);
    if (id === 4) node.op = textOf(bytes);
    if (id === 5) {
      const fields = [...fieldsOf(bytes)];
      const name = fields.find((field) => field.id === 1);
      const integer = fields.find((field) => field.id === 3);
      if (name && integer) node.integers[textOf(name.bytes)] = integer.number;
    }
  }
  return node;
}

function parseTensor(message: Uint8Array): OnnxTensor {
  const tensor: OnnxTensor = { name: '', shape: [], type: 0, external: false };
  for (const field of fieldsOf(message)) {
    if (field.id === 1) tensor.shape.push(...integersOf(field));
    if (field.id === 2) tensor.type = field.number;
    if (field.id === 4 || field.id === 10) {
      if (Number.isNaN(field.number)) tensor.raw = field.bytes;
      else (tensor.floats ??= []).push(field.number);
    }
    if (field.id === 5 || field.id === 7) (tensor.integers ??= []).push(...integersOf(field));
    if (field.id === 8) tensor.name = textOf(field.bytes);
    if (field.id === 9) tensor.raw = field.bytes;
    if (field.id === 14) tensor.external = field.number === 1;
  }
  return tensor;
}

/** A repeated integer field, packed or one by one. */
function integersOf(field: Field): number[] {
  return Number.isNaN(field.number) ? packedIntegers(field.bytes) : [field.number];
}
