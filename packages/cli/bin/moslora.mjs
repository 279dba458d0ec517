#!/usr/bin/env -S MALLOC_ARENA_MAX=2 node --max-semi-space-size=4
// Sources are TypeScript; this registers their loader and hands over, from whatever folder it is called. Young objects of JavaScript get
// 12 MB at most instead of 48: nearly all that is computed lives outside its heap. glibc's threads share two heaps: each one's own would hold what it
// freed.
import Module from 'node:module';
import { register } from 'tsx/esm/api';

register();
forgoMapsOfLibraries();
await import('../src/main.ts');

/** tsx asks Node for source maps, so that traces name our lines; Node would also read and keep those of all that tfjs consists of, 18 MB. */
function forgoMapsOfLibraries() {
  const load = Module._extensions['.js'];
  Module._extensions['.js'] = (module, path) => {
    process.setSourceMapsEnabled(false);
    try {
      load(module, path);
    } finally {
      process.setSourceMapsEnabled(true);
    }
  };
}
