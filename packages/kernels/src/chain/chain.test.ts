import { startBackend, tf } from '@moslora/runtime';
import { afterEach, describe, expect, it } from 'vitest';
import { FrozenMatrix } from '../frozen-matrix/frozen-matrix';
import { normalTensor } from '../gradient-check/agreement';
import { hasKernel } from '../native/kernels-addon';
import { setMatMulPrecision } from '../precision/precision';
import { nativeBackend } from '../execution/storage';
import { executeKernel, bindingAttributes } from '../execution/kernel-op';
import { fusedProjections } from '../projections/projections';
import { rmsNorm } from '../rms-norm/rms-norm';
import { jointSwiglu } from '../swiglu/swiglu';
import { chained } from './chain';
import { remember } from './remembered';

await startBackend();
const here = hasKernel('MosloraChain') ? describe : describe.skip;
if (!hasKernel('MosloraChain')) console.log('chains of ops are not tried here: they need the native ops');

const [WIDTH, INNER, RANK] = [32, 48, 4];
const handles = () => (nativeBackend().binding as unknown as { getNumOfTensors(): number }).getNumOfTensors();

/** The MLP of a decoder layer with an adapter: four of our ops. */
function mlp() {
  const norm = tf.keep(normalTensor('norm', [WIDTH])) as tf.Tensor1D;
  const matrix = (name: string, shape: [number, number]) => new FrozenMatrix(normalTensor(name, shape) as tf.Tensor2D);
  const [gate, up, down] = [matrix('g', [INNER, WIDTH]), matrix('u', [INNER, WIDTH]), matrix('d', [WIDTH, INNER])];
  const variable = (name: string, shape: [number, number]) =>
    tf.variable(normalTensor(name, shape)) as tf.Variable<tf.Rank.R2>;
  const [a, b, mixer] = [variable('a', [RANK, INNER]), variable('b', [WIDTH, RANK]), variable('m', [RANK, RANK])];
  const factors = { a, b, mixer, scale: 0.5 };
  const run = (x: tf.Tensor2D): tf.Tensor2D =>
    tf.tidy(() => {
      const joint = fusedProjections(rmsNorm(x, norm, 1e-5) as tf.Tensor2D, [{ weight: gate }, { weight: up }]);
      return fusedProjections(jointSwiglu(joint) as tf.Tensor2D, [{ weight: down, factors }], { residual: x });
    });
  const dispose = () => {
    tf.dispose([norm, a, b, mixer]);
    for (const weight of [gate, up, down]) weight.dispose();
  };
  return { run, dispose, norm, down, a, mixer };
}

const input = (name: string, rows = 3) => normalTensor(name, [rows, WIDTH]) as tf.Tensor2D;
const calls = (body: () => void): string[] => {
  const backend = nativeBackend();
  const { binding } = backend;
  const names: string[] = [];
  const executeOp: typeof binding.executeOp = (name, ...rest) => {
    names.push(name);
    return binding.executeOp(name, ...rest);
  };
  backend.binding = Object.create(binding, { executeOp: { value: executeOp } }) as typeof binding;
  try {
    body();
  } finally {
    backend.binding = binding;
  }
  return names;
};

here.each(['float32', 'bfloat16'] as const)('a chain of ops in %s', (precision) => {
  afterEach(() => setMatMulPrecision('float32'));

  it('gives what the ops give one by one, as one op that keeps no handle', () => {
    setMatMulPrecision(precision);
    const { run, dispose } = mlp();
    for (const rows of [1, 3, 20]) {
      const x = input('x', rows);
      const expected = run(x).dataSync();
      const before = handles();
      let got: tf.Tensor | undefined;
      const names = calls(() => (got = chained(() => run(x))));
      expect(names.filter((name) => name.startsWith('Moslora'))).toEqual(['MosloraChain']);
      expect(got!.dataSync()).toEqual(expected);
      got!.dispose();
      expect(handles()).toBe(before);
    }
    dispose();
  });

  it('runs what waits where a value is asked for, or something that it reads goes', () => {
    setMatMulPrecision(precision);
    const { run, dispose } = mlp();
    const x = input('x');
    const twice = run(run(x)).dataSync();
    chained(() => {
      const once = run(x);
      expect(once.dataSync()).toEqual(run(x).dataSync());
      const copy = tf.add(x, 0) as tf.Tensor2D;
      const again = run(copy);
      copy.dispose();
      expect(again.dataSync()).toEqual(once.dataSync());
      expect(run(once).dataSync()).toEqual(twice);
    });
    dispose();
  });

  it('leaves nothing behind where the body throws', () => {
    setMatMulPrecision(precision);
    const { run, dispose } = mlp();
    const x = input('x');
    const expected = run(x).dataSync();
    const failing = () =>
      chained(() => {
        run(x);
        throw new Error('stopped');
      });
    expect(failing).toThrow('stopped');
    expect(run(x).dataSync()).toEqual(expected);
    dispose();
  });

  it('can be run again on another input, until something that it reads is another one', () => {
    setMatMulPrecision(precision);
    const { run, dispose, norm, mixer } = mlp();
    const [x, other] = [input('x'), input('other')];
    const { result, remembered } = remember(() => run(x), [x]);
    expect(result.shape).toEqual(x.shape);
    const again = () => remembered!.run([other]).dataSync();
    expect(again()).toEqual(run(other).dataSync());
    expect(remembered!.isAlive).toBe(true);
    mixer.assign(tf.eye(RANK));
    expect(remembered!.isAlive).toBe(false);
    const second = remember(() => run(x), [x]).remembered!;
    expect(second.run([other]).dataSync()).toEqual(run(other).dataSync());
    norm.dispose();
    expect(second.isAlive).toBe(false);
    dispose();
  });
});

here('a chain', () => {
  it('is not remembered where it does not read what it is given, or runs in parts', () => {
    const { run, dispose } = mlp();
    const [x, other] = [input('x'), input('other')];
    expect(remember(() => run(x), [x, other]).remembered).toBeUndefined();
    expect(remember(() => run(other), [x]).remembered).toBeUndefined();
    const inParts = () => {
      const once = run(x);
      once.dataSync();
      return run(once);
    };
    expect(remember(inParts, [x]).remembered).toBeUndefined();
    dispose();
  });

  it('names the op that refuses its arrays, with their shapes', () => {
    const { run, dispose } = mlp();
    expect(() => chained(() => run(normalTensor('x', [3, WIDTH + 1]) as tf.Tensor2D))).toThrow(
      /Message: MosloraRmsNorm: the weight is float32 \(32\), expected 33 values; its inputs are float32 \(3, 33\), float32 \(32\)$/,
    );
    dispose();
  });

  it.each([
    ['MosloraNothing|T=1|f0|f0', /link 0: there is no op MosloraNothing/],
    ['MosloraChain|F=1|f0|f0', /there is no op MosloraChain to be a link/],
    ['MosloraRmsNorm|T=1;Y=1;low=0|f0 f1|f0 .', /the setting eps is missing/],
    ['MosloraRmsNorm|T=3;Y=1;low=0;eps=1|f0 f1|f0 .', /T is the type 3, expected one of \{float, bfloat16\}/],
    ['MosloraRmsNorm|T=1;Y=1;low=0;eps=one|f0 f1|f0 .', /'one' is no number/],
    ['MosloraRmsNorm|T=1;Y=1;low=0;eps=1|f0|f0 .', /1 inputs of a link that takes 2/],
    ['MosloraRmsNorm|T=1;Y=1;low=0;eps=1|f0 f9|f0 .', /there is no array 'f9'/],
    ['MosloraRmsNorm|T=14;Y=1;low=0;eps=1|f0 f1|f0 .', /'f0' has another type than the link's/],
    ['MosloraRmsNorm|T=1;Y=1;low=0;eps=1|c0.0 f1|f0 .', /'c0.0' is of no earlier link/],
    ['MosloraRmsNorm|T=1;Y=1;low=0;eps=1|f0 f1|f0', /1 outputs of a link that gives 2/],
    ['MosloraRmsNorm|T=1;Y=1;low=1;eps=1|f0 f1|f0 .', /output 0 has another type than its link says/],
    ['', /1 outputs were asked for, but there is no result for number 0/],
  ])('refuses %j', (links, expected) => {
    const attributes = bindingAttributes({ F: 2, H: 0, W: 0, B: 0, I: 0, S: 0, P: 1, Q: 0, R: 0, links });
    const ids = [[2, 4], [4]].map((shape, i) => nativeBackend().getInputTensorIds([normalTensor(`${i}`, shape)])[0]!);
    expect(() => executeKernel('MosloraChain', attributes, ids, 1)).toThrow(expected);
  });
});
