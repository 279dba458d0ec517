import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { dataRoots } from './data-roots';
import { datasetFolder } from './dataset-files';

const root = mkdtempSync(join(tmpdir(), 'data-roots-'));
afterAll(() => rmSync(root, { recursive: true }));

describe('dataRoots', () => {
  it('looks beside a folder called data for its models, and beside no other', () => {
    expect(dataRoots('/there/data')).toEqual([
      '/there/data',
      '/there/data/data',
      '/there/data/models',
      '/there/models',
    ]);
    expect(dataRoots('/there/all')).toEqual(['/there/all', '/there/all/data', '/there/all/models']);
  });
});

describe('datasetFolder', () => {
  const files = { folders: ['easy', 'Easy'], marker: 'train', origin: 'clone it' };

  it('finds a dataset in the folder, in its data, and as the folder itself', () => {
    mkdirSync(join(root, 'data/Easy/train'), { recursive: true });
    for (const given of [root, join(root, 'data'), join(root, 'data/Easy')])
      expect(datasetFolder(given, files)).toBe(join(root, 'data/Easy'));
    mkdirSync(join(root, 'easy/train'), { recursive: true });
    expect(datasetFolder(root, files)).toBe(join(root, 'easy'));
  });

  it('says where it looked and what to get', () => {
    const empty = mkdtempSync(join(root, 'empty-'));
    expect(() => datasetFolder(empty, files)).toThrow(
      /`easy` are not there\n {2}where {4}.*empty-\w+ \(MOSLORA_DATA\)\n {2}got {6}no easy\/train, nor Easy\/train\n {2}expected .*easy\/train\n {2}do {7}clone it/,
    );
  });
});
