import ts from 'typescript';

/** An import in a source file, types included: they bind packages together as well. */
export interface FoundImport {
  name: string;
  line: number;
}

/** Every import and re-export of a TypeScript text whose name is written out, dynamic ones too. */
export function findImports(source: string): FoundImport[] {
  const { importedFiles } = ts.preProcessFile(source, true, true);
  return importedFiles.map(({ fileName, pos }) => ({ name: fileName, line: source.slice(0, pos).split('\n').length }));
}
