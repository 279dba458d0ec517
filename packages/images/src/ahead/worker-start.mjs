// Sources are TypeScript; a worker thread registers their loader for itself.
import { register } from 'tsx/esm/api';

register();
await import('./picture-worker.ts');
