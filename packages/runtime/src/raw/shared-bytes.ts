import { isNative, nativeBackend } from '../backend/native';
import { attr } from './attr';
import { dtypeCode } from './dtype';
import { Raw } from './raw';
import { rawOne } from './raw-op';
import { rawScope } from './raw-scope';

/** TensorFlow takes memory over as it is where its address is a multiple of this; else it copies. */
const alignment = 64;
/** Addresses that allocators give are multiples of this. */
const granule = 16;
/** Where glibc's large allocations become aligned, first. */
const offsets = [48, 0, 16, 32];
/** Below this a copy costs nothing that matters. */
const worthSharing = 1 << 16;

/**
 * Memory for `length` bytes that {@link uploadBytes} hands to TensorFlow without a copy: fill it, upload all of it, and do not change
 * it afterwards. A weight then takes its own size in memory, also while it is loaded. JavaScript does not show addresses: which
 * place in the memory is aligned is found by looking whether a value of TensorFlow's changes with it. Where none does, the upload copies.
 */
export function sharedBytes(length: number): Uint8Array {
  if (length < worthSharing || !isNative()) return new Uint8Array(length);
  const buffer = new ArrayBuffer(length + alignment - granule);
  const offset = offsets.find((at) => isShared(new Uint8Array(buffer, at, alignment))) ?? 0;
  return new Uint8Array(buffer, offset, length);
}

/** Whether TensorFlow sees what is written to `bytes` after it was given them. */
function isShared(bytes: Uint8Array): boolean {
  const { binding } = nativeBackend();
  const dtype = dtypeCode('uint8');
  return rawScope(() => {
    const shape = [alignment / 4, 4];
    const given = new Raw({ id: binding.createTensor(shape, dtype, bytes), shape, dtype });
    bytes[0] = 1;
    const words = rawOne('Bitcast', [attr.type('T', 'uint8'), attr.type('type', 'int32')], [given]);
    const seen = (binding.tensorDataSync(words.id) as Int32Array)[0];
    bytes[0] = 0;
    return seen === 1;
  });
}
