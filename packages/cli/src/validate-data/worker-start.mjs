// Sources are TypeScript; a worker thread registers their loader for itself.
import { register } from 'tsx/esm/api';

register();
await import('./check-worker.ts');
