import { join } from 'node:path';
import { build } from 'esbuild';

/** A page's script, bundled into one text that needs nothing beside the page. @param folder holds client/main.ts */
export async function clientScript(folder = import.meta.dirname): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(folder, 'client/main.ts')],
    ...{
      bundle: true,
      minify: true,
      write: false,
      format: 'iife',
      target: 'es2022',
      charset: 'utf8',
      legalComments: 'none',
    },
  });
  return outputFiles[0]!.text;
}
