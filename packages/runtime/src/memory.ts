import { existsSync, readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import * as tf from '@tensorflow/tfjs-core';
import { isNative, nativeBackend } from './backend/native';

/** Bytes of this process and of tfjs's tensors (raw values and temporaries inside ops are in the process's only). */
export interface MemoryReport {
  rssBytes: number;
  /** The most this process has had resident since it began, native library included. */
  peakRssBytes: number;
  tensors: number;
  tensorBytes: number;
  /** Arrays on TensorFlow's side, whoever holds them; 0 on wasm. */
  handles: number;
}

/** What is held now, and the peak so far. */
export function memoryReport(): MemoryReport {
  const { numTensors, numBytes } = tf.memory();
  const rssBytes = process.memoryUsage.rss();
  const handles = isNative() ? nativeBackend().binding.getNumOfTensors() : 0;
  return { rssBytes, peakRssBytes: Math.max(rssBytes, peakRss()), tensors: numTensors, tensorBytes: numBytes, handles };
}

function peakRss(): number {
  const status = '/proc/self/status';
  const kib = existsSync(status) ? /^VmHWM:\s*(\d+) kB/m.exec(readFileSync(status, 'utf8'))?.[1] : undefined;
  return kib === undefined ? process.resourceUsage().maxRSS * 1024 : Number(kib) * 1024;
}

/** Frees what JavaScript no longer reaches, now: it counts the memory of large arrays too late. */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}
