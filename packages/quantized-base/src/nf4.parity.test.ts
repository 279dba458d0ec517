import { SafetensorsFile } from '@moslora/checkpoint';
import { describeShared, sharedPath } from '@moslora/testing';
import { expect, it } from 'vitest';
import { isNf4, nf4Keys } from './bitsandbytes/keys';
import { nf4FromSource } from './bitsandbytes/read';
import { nf4ToEntries } from './bitsandbytes/write';
import { dynamicMap } from './code/dynamic-map';
import { nf4Code } from './code/nf4-code';
import { quantizeNf4 } from './nf4-tensor';
import { verifyNf4File } from './verify/verify-nf4-file';

describeShared('NF4 against the golden files', () => {
  const golden = sharedPath('golden', 'nf4', 'nf4.safetensors')!;
  const quantized = sharedPath('golden', 'nf4', 'tiny-llava-llama-bnb-nf4.safetensors')!;
  const base = sharedPath('golden', 'tiny-llava-llama', 'model.safetensors')!;

  it('is equal bit for bit on all tensors', () => {
    const { agrees, tensors } = verifyNf4File(golden);
    expect(tensors.filter(({ equal }) => !equal)).toEqual([]);
    expect([agrees, tensors.length]).toEqual([true, 45]);
  });

  it('writes a model the way bitsandbytes does, byte for byte', () => {
    const [model, file] = [SafetensorsFile.open(base), SafetensorsFile.open(quantized)];
    const names = file.names().filter((name) => isNf4(file, name) && name.endsWith('.weight'));
    expect(names.length).toBe(14);
    for (const name of names) {
      const original = name.replace('model.language_model.', 'language_model.model.');
      const tensor = quantizeNf4(model.float32(original), { double: true, shape: model.info(original).shape });
      expect(nf4FromSource(file, name)).toEqual(tensor);
      for (const entry of nf4ToEntries(name, tensor)) {
        expect(file.info(entry.name), entry.name).toMatchObject({ dtype: entry.dtype, shape: entry.shape });
        const data = entry.data as Uint8Array | Float32Array;
        const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
        expect(Buffer.from(bytes).equals(file.bytes(entry.name)), entry.name).toBe(true);
      }
    }
  });

  it('has the value maps of the file', () => {
    const file = SafetensorsFile.open(quantized);
    const keys = nf4Keys('model.language_model.layers.0.mlp.up_proj');
    expect(file.float32(keys.quantMap)).toEqual(nf4Code);
    expect(file.float32(keys.nestedQuantMap)).toEqual(dynamicMap);
  });
});
