#!/usr/bin/env node
// Checks the types of one folder's sources, and with them of what they import, under the options of the root tsconfig.
import ts from 'typescript';

const folder = process.argv[2];
const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: (problem) => report([problem]) };
const config = ts.getParsedCommandLineOfConfigFile('tsconfig.json', {}, host);
const rootNames = config.fileNames.filter((name) => name.startsWith(`${process.cwd()}/${folder}/`));
report(ts.getPreEmitDiagnostics(ts.createProgram({ rootNames, options: config.options })));
console.log(`${folder}: ${rootNames.length} files, types are right`);

function report(problems) {
  if (problems.length === 0) return;
  const format = process.stdout.isTTY ? ts.formatDiagnosticsWithColorAndContext : ts.formatDiagnostics;
  const names = {
    getCanonicalFileName: (name) => name,
    getCurrentDirectory: () => process.cwd(),
    getNewLine: () => '\n',
  };
  console.error(format(problems, names));
  process.exit(1);
}
