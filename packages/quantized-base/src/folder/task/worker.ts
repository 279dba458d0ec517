import { parentPort } from 'node:worker_threads';
import { UserError } from '@moslora/specs';
import { runTask } from './run-task';
import type { WorkerReply } from './task-pool';
import type { TensorTask } from './tensor-task';

const port = parentPort;
if (port === null) throw new Error('this module runs in a worker thread');
const say = (reply: WorkerReply): void => port.postMessage(reply);

port.on('message', (task: TensorTask) => {
  try {
    say({ kind: 'done', outcome: runTask(task, (count) => say({ kind: 'bytes', count })) });
  } catch (error) {
    if (error instanceof UserError) say({ kind: 'refused', problems: [...error.problems] });
    else {
      const { message, stack, code, path, syscall } = error as NodeJS.ErrnoException;
      say({ kind: 'failed', error: { message, stack, code, path, syscall } });
    }
  }
});
