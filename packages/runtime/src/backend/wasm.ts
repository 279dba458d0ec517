import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { loadGradients } from './gradients';

const require = createRequire(import.meta.url);

interface WasmModule {
  setWasmPaths(prefix: string): void;
  version_wasm: string;
}

/**
 * Registers the WebAssembly backend with its files in the installed package, and starts it. SIMD is used where Node has
 * it; tfjs offers no threads in Node. Returns the backend's version.
 */
export async function startWasm(): Promise<string> {
  const entry = require.resolve('@tensorflow/tfjs-backend-wasm');
  const wasm = require(entry) as WasmModule;
  loadGradients();
  if (tf.engine().registry['wasm'] === undefined) wasm.setWasmPaths(dirname(entry) + sep);
  const started = await withoutNewProcessListeners(
    async () => (await tf.setBackend('wasm')) && tf.ready().then(() => true),
  );
  if (!started) throw new Error('the WebAssembly backend did not start');
  return wasm.version_wasm;
}

/** Emscripten's module listens for uncaught errors and rethrows them from its own one-line source: takes that off again. */
async function withoutNewProcessListeners<T>(fn: () => Promise<T>): Promise<T> {
  const events = ['uncaughtException', 'unhandledRejection'] as const;
  const before = new Map(events.map((event) => [event, new Set(process.rawListeners(event))]));
  try {
    return await fn();
  } finally {
    for (const event of events) {
      const added = process.rawListeners(event).filter((listener) => !before.get(event)!.has(listener));
      for (const listener of added) process.removeListener(event, listener as () => void);
    }
  }
}
