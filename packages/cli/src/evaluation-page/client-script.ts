import { join } from 'node:path';
import { build } from 'esbuild';

/** The page's script, bundled into one text that needs nothing beside the page. */
export async function clientScript(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, 'client/main.ts')],
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
