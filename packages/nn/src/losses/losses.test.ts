import { startBackend, tf } from '@moslora/runtime';
import { beforeAll, describe, expect, it } from 'vitest';
import { contrastiveLoss, l2Normalize, phraseLoss } from './contrastive-loss';
import { labelledRows, languageLoss } from './language-loss';

beforeAll(() => startBackend());

describe('labelledRows', () => {
  it('takes the positions before labels, never across samples', () => {
    const labels = [-100, 5, 6, -100, 7, -100, -100, 8];
    expect(labelledRows(labels, 4)).toEqual({ rows: Int32Array.of(0, 1, 6), targets: Int32Array.of(5, 6, 8) });
  });
});

describe('languageLoss', () => {
  it('is the sum of the cross-entropies of the labelled positions alone', () => {
    const hidden = tf.tensor2d([0, 0, 9, 9, 1, 0, 3, 3], [4, 2]);
    const { loss, tokens } = languageLoss(hidden, [-100, 1, -100, 0], 4, (rows) => rows);
    expect(tokens).toBe(2);
    expect(loss.dataSync()[0]).toBeCloseTo(Math.log(2) + Math.log(1 + Math.exp(-1)), 5);
  });

  it('is zero, with a gradient, where there is no label', () => {
    const grad = tf.grad((x) => languageLoss(x as tf.Tensor2D, [-100, -100], 2, (rows) => rows).loss)(tf.ones([2, 3]));
    expect([...grad.dataSync()]).toEqual([0, 0, 0, 0, 0, 0]);
  });
});

describe('contrastiveLoss', () => {
  it('is ln B for pairs that look alike, near 0 for pairs told apart', () => {
    const same = tf.ones<tf.Rank.R2>([4, 3]);
    expect(contrastiveLoss(same, same, tf.scalar(1)).dataSync()[0]).toBeCloseTo(Math.log(4), 5);
    const apart = tf.eye(4);
    expect(contrastiveLoss(apart, apart, tf.scalar(Math.log(100))).dataSync()[0]).toBeCloseTo(0, 5);
  });

  it('does not depend on the lengths of its vectors', () => {
    const [a, b] = [tf.tensor2d([1, 2, 3, -1], [2, 2]), tf.tensor2d([0, 1, 1, 1], [2, 2])];
    const plain = contrastiveLoss(a, b, tf.scalar(0)).dataSync()[0] as number;
    expect(contrastiveLoss(tf.mul(a, 7), tf.mul(b, 0.1), tf.scalar(0)).dataSync()[0]).toBeCloseTo(plain, 5);
    expect(tf.norm(l2Normalize(a), 2, -1).dataSync()[0]).toBeCloseTo(1, 5);
  });
});

describe('phraseLoss', () => {
  it('is the mean cross-entropy of each region with its phrase, which several regions may share', () => {
    const regions = tf.tensor2d([2, 0, 0, 3, 5, 0], [3, 2]);
    const phrases = tf.tensor2d([1, 0, 0, 1], [2, 2]);
    const loss = phraseLoss(regions, phrases, tf.tensor1d([0, 1, 1], 'int32'), tf.scalar(Math.log(2)));
    const right = Math.log(1 + Math.exp(-2));
    expect(loss.dataSync()[0]).toBeCloseTo((right + right + (right + 2)) / 3, 5);
  });
});
