import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { cudaRequirements } from './cuda-wheels';
import { extractHeaders, headerClosure } from './headers';
import { ZipFile } from './zip-file';
import { zipOf } from './zip-fixture';

const folder = mkdtempSync(join(tmpdir(), 'zip-'));
const include = 'tensorflow/include';
const content = {
  [`${include}/tensorflow/c/c_api.h`]: '#include <stddef.h>\n#include "tensorflow/c/tf_status.h"\n',
  [`${include}/tensorflow/c/tf_status.h`]: '# include "xla/status.h" // moved\n',
  [`${include}/xla/status.h`]: '#include "sibling.h"\n',
  [`${include}/xla/sibling.h`]: '',
  [`${include}/xla/unused.h`]: '',
  [`${include}/unsupported/Eigen/CXX11/Tensor`]: '#include "../../../Eigen/Core"\n#include <cuda_runtime.h>\n',
  [`${include}/Eigen/Core`]: '',
  'big.bin': Buffer.alloc(3_000_000, 'moslora'),
};

function archive(name: string, bytes: Buffer = zipOf(content)): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

it('lists, reads and extracts entries', async () => {
  const zip = ZipFile.open(archive('whole.whl'));
  expect(zip.names()).toEqual(Object.keys(content));
  expect(zip.size('big.bin')).toBe(3_000_000);
  expect(zip.read(`${include}/xla/status.h`).toString()).toBe('#include "sibling.h"\n');
  await zip.extract('big.bin', join(folder, 'big.bin'));
  expect(readFileSync(join(folder, 'big.bin')).equals(content['big.bin'] as Buffer)).toBe(true);
  expect(() => zip.read('none')).toThrow('has no entry none');
  zip.close();
});

it('refuses a file that is cut short, and one whose data were changed', async () => {
  const whole = zipOf(content);
  expect(() => ZipFile.open(archive('cut.whl', whole.subarray(0, whole.length - 200)))).toThrow(
    /cut\.whl is cut short or no zip archive: its directory is missing \(\d+ bytes\)/,
  );
  const wrong = zipOf({ a: 'x' });
  wrong.writeUInt8(wrong.readUInt8(14) ^ 0xff, 14);
  const central = wrong.indexOf('PK\x01\x02', 0, 'latin1');
  wrong.writeUInt8(wrong.readUInt8(central + 16) ^ 0xff, central + 16);
  const zip = ZipFile.open(archive('wrong.whl', wrong));
  expect(() => zip.read('a')).toThrow('is damaged: a does not have the length and checksum its directory gives');
  await expect(zip.extract('a', join(folder, 'a'))).rejects.toThrow('is damaged: a');
  zip.close();
});

it('takes the headers of the C API and all that they include, and no others', () => {
  const zip = ZipFile.open(archive('headers.whl'));
  const names = Object.keys(content).filter((name) => name.endsWith('.h') && !name.includes('unused'));
  expect(headerClosure(zip)).toEqual(names.sort());
  const eigen = ['Eigen/Core', 'unsupported/Eigen/CXX11/Tensor'].map((name) => `${include}/${name}`);
  expect(headerClosure(zip, true)).toEqual([...names, ...eigen].sort());
  expect(extractHeaders(zip, folder)).toBe(4);
  expect(readFileSync(join(folder, include, 'xla', 'sibling.h'), 'utf8')).toBe('');
  zip.close();
});

it('finds the CUDA wheels that TensorFlow names', () => {
  const metadata = [
    'Requires-Dist: numpy>=1.26.0',
    'Requires-Dist: nvidia-cublas-cu12<13.0,>=12.5.3.2; extra == "and-cuda"',
    'Requires-Dist: nvidia-cudnn-cu12<10.0,>=9.3.0.75; extra == "and-cuda"',
  ].join('\n');
  const zip = ZipFile.open(archive('cuda.whl', zipOf({ 'tensorflow-2.21.0.dist-info/METADATA': metadata })));
  expect(cudaRequirements(zip)).toEqual(['nvidia-cublas-cu12<13.0,>=12.5.3.2', 'nvidia-cudnn-cu12<10.0,>=9.3.0.75']);
  zip.close();
});
