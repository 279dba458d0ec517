import { fail, listNames } from '@moslora/specs';
import type { CheckpointFolder, WholeCheckpoint } from './checkpoint-folder';
import type { CheckpointState } from './checkpoint-state';

/** What a run goes on from: the newest whole checkpoint, none, or the one of a step. */
export type Resume = 'auto' | 'never' | number;

/** What a checkpoint must agree with to be gone on from. */
export type Wanted = Pick<CheckpointState, 'identity' | 'seed'> & {
  orderAt(position: number): CheckpointState['order'];
};

/**
 * The checkpoint to go on from; undefined to start. Later ones are removed: they are damaged, or not wanted.
 * @throws UserError where there are checkpoints but none is whole, where the one asked for is not there or not whole, and where it is of
 * another run; nothing is removed then
 */
export function chooseCheckpoint(
  checkpoints: CheckpointFolder,
  resume: Resume,
  wanted: Wanted,
  log: (line: string) => void,
): WholeCheckpoint | undefined {
  checkpoints.sweep();
  if (resume === 'never') {
    checkpoints.remove(() => true);
    return undefined;
  }
  const steps = checkpoints.steps();
  if (typeof resume === 'number' && !steps.includes(resume)) failUnknown(checkpoints, resume);
  if (steps.length === 0) return undefined;
  const damage: string[] = [];
  const chosen = checkpoints.newest(
    (line) => {
      damage.push(line);
      log(line);
    },
    resume === 'auto' ? undefined : resume,
  );
  if (chosen === undefined || (resume !== 'auto' && chosen.state.step !== resume)) {
    return fail({
      what: resume === 'auto' ? 'No checkpoint of this run is whole' : `The checkpoint of step ${resume} is not whole`,
      where: checkpoints.folder,
      got: damage.join('\n'),
      fix:
        resume === 'auto' ? 'start over: --resume never' : 'take another step, or the newest whole one: --resume auto',
    });
  }
  refuseOthers(chosen, wanted);
  checkpoints.remove((step) => step > chosen.state.step);
  return chosen;
}

function failUnknown(checkpoints: CheckpointFolder, step: number): never {
  fail({
    what: `There is no checkpoint of step ${step}`,
    where: checkpoints.folder,
    expected: listNames(checkpoints.steps().map(String)) || 'no step at all: there are no checkpoints',
    fix: 'take one of these steps, or --resume auto',
  });
}

function refuseOthers({ folder, state }: WholeCheckpoint, { orderAt, ...wanted }: Wanted): void {
  const order = orderAt(state.position);
  const spellOrder = ({ samples, epoch, sha256 }: CheckpointState['order']): string =>
    `${samples} samples, in epoch ${epoch + 1} ordered as ${sha256.slice(0, 12)}`;
  const differences = (['identity', 'seed'] as const)
    .filter((key) => state[key] !== wanted[key])
    .map((key) => [`${key} ${state[key]}`, `${key} ${wanted[key]}`]);
  if (spellOrder(order) !== spellOrder(state.order)) differences.push([spellOrder(state.order), spellOrder(order)]);
  if (differences.length === 0) return;
  fail({
    what: 'The checkpoint belongs to another configuration or other data',
    where: folder,
    got: differences.map(([theirs]) => theirs).join('; '),
    expected: differences.map(([, ours]) => ours).join('; '),
    fix: 'set back what has changed since (precision auto depends on the machine), or start over: --resume never',
  });
}
