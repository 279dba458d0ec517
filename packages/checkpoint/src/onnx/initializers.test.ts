import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import protobuf from 'protobufjs/minimal.js';
import { describe, expect, it } from 'vitest';
import { OnnxInitializers } from './initializers';

const path = join(mkdtempSync(join(tmpdir(), 'onnx-')), 'model.onnx');

type Write = (writer: protobuf.Writer) => void;
const message = (writes: Write[]): Uint8Array => {
  const writer = new protobuf.Writer();
  for (const write of writes) write(writer);
  return writer.finish();
};
const text =
  (id: number, value: string): Write =>
  (w) =>
    w.uint32((id << 3) | 2).string(value);
const bytes =
  (id: number, value: Uint8Array): Write =>
  (w) =>
    w.uint32((id << 3) | 2).bytes(value);
const integer =
  (id: number, value: number): Write =>
  (w) =>
    w.uint32(id << 3).int64(value);

const floats = (...values: number[]): Write => bytes(9, new Uint8Array(Float32Array.from(values).buffer));
const tensor = (name: string, type: number, shape: number[], ...data: Write[]): Write =>
  bytes(5, message([...shape.map((size) => integer(1, size)), integer(2, type), ...data, text(8, name)]));
const node = (op: string, name: string, inputs: string[], outputs: string[], ...more: Write[]): Write =>
  bytes(
    1,
    message([...inputs.map((i) => text(1, i)), ...outputs.map((o) => text(2, o)), text(3, name), text(4, op), ...more]),
  );

function open(...graph: Write[]): OnnxInitializers {
  writeFileSync(path, message([integer(1, 8), bytes(7, message(graph))]));
  return OnnxInitializers.open(path);
}

describe('OnnxInitializers', () => {
  it('dequantises int8 by column and turns (in, out) into (out, in)', () => {
    const file = open(
      tensor('onnx::MatMul_7_quantized', 3, [2, 3], bytes(9, Uint8Array.of(1, 2, 3, 255, 254, 253))),
      tensor('onnx::MatMul_7_scale', 1, [3], floats(1, 0.5, 2)),
      tensor('onnx::MatMul_7_zero_point', 3, [3], bytes(9, Uint8Array.of(0, 1, 0))),
      node('MatMulInteger', '/model/layers.3/mlp/up_proj/MatMul_quant', ['x', 'onnx::MatMul_7_quantized'], ['y']),
    );
    expect(file.names()).toEqual(['model.layers.3.mlp.up_proj.weight']);
    expect(file.info('model.layers.3.mlp.up_proj.weight')).toEqual({ dtype: 'F32', shape: [3, 2], byteLength: 24 });
    expect([...file.float32('model.layers.3.mlp.up_proj.weight')]).toEqual([1, -1, 0.5, -1.5, 6, -6]);
  });

  it('looks through DequantizeLinear, and leaves Gather and Gemm with transB as they are', () => {
    const transB = bytes(5, message([text(1, 'transB'), integer(3, 1)]));
    const file = open(
      tensor('t_quantized', 2, [2, 2], bytes(9, Uint8Array.of(128, 129, 127, 0))),
      tensor('t_scale', 1, [], floats(0.5)),
      tensor('t_zero_point', 2, [], (w) => w.uint32(5 << 3).int32(128)),
      node('DequantizeLinear', 'dq', ['t_quantized', 't_scale', 't_zero_point'], ['t']),
      node('Gather', '/model/embed_tokens/Gather', ['t', 'ids'], ['e']),
      tensor('onnx::Gemm_4', 1, [1, 2], floats(3, 4)),
      node('Gemm', '/lm_head/Gemm', ['e', 'onnx::Gemm_4'], ['z'], transB),
      tensor('onnx::MatMul_5', 1, [1, 2], floats(5, 6)),
      node('MatMul', '/model/layers.0/self_attn/q_proj/MatMul', ['e', 'onnx::MatMul_5'], ['q']),
    );
    expect([...file.float32('model.embed_tokens.weight')]).toEqual([0, 0.5, -0.5, -64]);
    expect(file.info('lm_head.weight').shape).toEqual([1, 2]);
    expect(file.info('model.layers.0.self_attn.q_proj.weight').shape).toEqual([2, 1]);
  });

  it('lists weights that cannot be named, with the node that uses them', () => {
    const weight = tensor('onnx::MatMul_9', 1, [1, 2], floats(1, 2));
    expect(() => open(weight, node('MatMul', 'MatMul_9', ['x', 'onnx::MatMul_9'], ['y']))).toThrow(
      /1 weights of the ONNX file cannot be named[\s\S]*onnx::MatMul_9 \(1, 2\) used by MatMul MatMul_9/,
    );
  });

  it('refuses the weights of another model', () => {
    expect(() => open(tensor('bert.pooler.weight', 1, [2], floats(1, 2)))).toThrow(
      /no place in a LlamaForCausalLM[\s\S]*bert\.pooler\.weight/,
    );
  });

  it.each([
    [
      'too little data',
      tensor('model.norm.weight', 1, [3], floats(1, 2)),
      'got      8 bytes\n  expected 12 bytes for (3)',
    ],
    ['external data', tensor('model.norm.weight', 1, [3], integer(14, 1)), 'lies in an external data file'],
    ['a quantised weight alone', tensor('lm_head.weight_quantized', 23, [1], floats(1)), 'has no scale'],
  ])('%s is an error when the tensor is found or read', (_, bad, message) => {
    expect(() => open(bad).float32('model.norm.weight')).toThrow(message);
  });

  it('says when the file is none, or cut short', () => {
    writeFileSync(path, 'hello');
    expect(() => OnnxInitializers.open(path)).toThrow('not an ONNX model, or was cut short');
    const whole = message([integer(1, 8), bytes(7, message([tensor('model.norm.weight', 1, [2], floats(1, 2))]))]);
    writeFileSync(path, whole.subarray(0, whole.length - 9));
    expect(() => OnnxInitializers.open(path)).toThrow('not an ONNX model, or was cut short');
    expect(() => OnnxInitializers.open('/nowhere.onnx')).toThrow('no such file');
  });
});
