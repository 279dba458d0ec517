import { build } from 'esbuild';

/** A page's script and all that it imports as one text that needs nothing beside the page. @param entry its first file */
export async function bundledScript(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    ...{ bundle: true, minify: true, write: false, format: 'esm', target: 'es2022' },
    ...{ charset: 'utf8', legalComments: 'none' },
  });
  return outputFiles[0]!.text;
}
