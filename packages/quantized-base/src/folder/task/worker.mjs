// Sources are TypeScript; a thread needs their loader registered anew.
import { register } from 'tsx/esm/api';

register();
await import('./worker.ts');
