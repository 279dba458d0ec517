#!/usr/bin/env node
// Sources are TypeScript; this registers their loader and hands over, from whatever folder it is called.
import { register } from 'tsx/esm/api';

register();
await import('../src/main.ts');
