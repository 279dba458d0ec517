import { output } from './processes';

/** A Python that can run the peer. */
export interface Python {
  program: string;
  versions: Record<string, string>;
}

const check = `
import json, platform, torch, transformers, peft
versions = {"python": platform.python_version(), "torch": torch.__version__}
print(json.dumps({**versions, "transformers": transformers.__version__, "peft": peft.__version__}))
`;

/** MOSLORA_PYTHON, else python3 or python of the path, where it has torch, transformers and peft; else why there is none. */
export async function findPython(): Promise<Python | { missing: string }> {
  const named = process.env['MOSLORA_PYTHON'];
  let reason = 'no Python was found';
  for (const program of named ? [named] : ['python3', 'python']) {
    try {
      const versions = JSON.parse((await output(program, ['-c', check])).trim()) as Record<string, string>;
      return { program, versions };
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      reason = /No module named '?[\w.]+'?/.exec(text)?.[0] ?? text.split('\n').at(-1)!;
    }
  }
  return {
    missing: `${reason} (pip install torch transformers peft, or name a Python that has them in MOSLORA_PYTHON)`,
  };
}
