import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zipArchive, ZipFile } from '@moslora/checkpoint';
import { expect, it } from 'vitest';
import { cudaRequirements } from './cuda-wheels';
import { extractHeaders, headerClosure } from './headers';

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
};

function archive(name: string, bytes: Buffer = zipArchive(content)): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

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
  const zip = ZipFile.open(archive('cuda.whl', zipArchive({ 'tensorflow-2.21.0.dist-info/METADATA': metadata })));
  expect(cudaRequirements(zip)).toEqual(['nvidia-cublas-cu12<13.0,>=12.5.3.2', 'nvidia-cudnn-cu12<10.0,>=9.3.0.75']);
  zip.close();
});
