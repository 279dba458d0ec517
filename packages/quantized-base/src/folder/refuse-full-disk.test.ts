import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { refuseFullDisk } from './refuse-full-disk';

it('compares with what is free where the folder will be', () => {
  const path = join(tmpdir(), 'not', 'there', 'yet');
  refuseFullDisk(path, 1000);
  expect(() => refuseFullDisk(path, 1e18)).toThrow(
    /too little room.*\n.*where.*\n {2}got {6}\d+\.\d\d GB free\n {2}expected 1000000000\.00 GB/,
  );
});
