import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { provisionKernels } from './native/provision-kernels';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** The kernels' tests and those of weights in 4 bits (or other folders', given on the command line) under several settings of the fused ops. */
export class TestRuns {
  private readonly failed: string[] = [];
  private readonly folders: readonly string[];

  constructor(asked: readonly string[] = process.argv.slice(2)) {
    this.folders = asked.length > 0 ? asked : ['packages/kernels', 'packages/quantized-base'];
  }

  /** Runs them with these variables, once the fused ops that they name are built. */
  async run(name: string, variables: Record<string, string>, options: readonly string[] = []): Promise<void> {
    Object.assign(process.env, variables);
    if (process.env['MOSLORA_KERNELS'] !== 'plain') {
      const { ok, reason } = await provisionKernels({ log: console.log });
      if (!ok) return void this.failed.push(`${name}: ${reason}`);
    }
    console.log(`\n${name}`);
    const { status } = spawnSync('npx', ['vitest', 'run', ...this.folders, ...options], {
      cwd: root,
      stdio: 'inherit',
    });
    if (status !== 0) this.failed.push(name);
  }

  /** Says what failed, and makes the process end accordingly. */
  finish(): void {
    console.log(this.failed.length === 0 ? 'all passed' : `failed: ${this.failed.join(', ')}`);
    process.exitCode = this.failed.length === 0 ? 0 : 1;
  }
}
