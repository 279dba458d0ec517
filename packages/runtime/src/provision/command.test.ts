import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { lastLine, runCommand } from './command';

const node = process.execPath;

it('gives code, output and errors of a program', async () => {
  const result = await runCommand(node, ['-e', 'console.log("out"); console.error("err"); process.exit(3)']);
  expect(result).toEqual({ code: 3, stdout: 'out\n', stderr: 'err\n' });
});

it('says when a program is missing, crashes or does not finish', async () => {
  expect(lastLine(await runCommand('no-such-program', []))).toContain('no-such-program');
  expect((await runCommand(node, ['-e', 'process.kill(process.pid, "SIGSEGV")'])).stderr).toContain(
    'was ended by SIGSEGV',
  );
  const late = await runCommand(node, ['-e', 'setInterval(() => {}, 1000)'], { timeout: 300 });
  expect(late.code).toBeNull();
  expect(lastLine(late)).toContain('did not finish within 0.3 s');
});

it('picks the line that tells the reason', () => {
  const stderr = 'WARNING: retrying\nERROR: No matching distribution found for x\nnotice: a new pip is there\n';
  expect(lastLine({ code: 1, stdout: '', stderr })).toBe('ERROR: No matching distribution found for x');
  const thrown =
    "Error: getaddrinfo ENOTFOUND x\n    at emitErrorNT (node:internal:128:3)\nEmitted 'error' event at:\n  code: 'ENOTFOUND',\n\nNode.js v20.20.2\n";
  expect(lastLine({ code: 1, stdout: '', stderr: thrown })).toBe('Error: getaddrinfo ENOTFOUND x');
  expect(lastLine({ code: 1, stdout: '', stderr: '' })).toBe('exit code 1');
});

it('ends the program when this process is interrupted', async () => {
  const command = join(import.meta.dirname, 'command.ts');
  const script = `import { runCommand } from ${JSON.stringify(command)};
    const inner = 'console.log("x"); setTimeout(() => require("node:fs").writeFileSync(process.argv[1], ""), 2500)';
    setTimeout(() => process.kill(process.pid, 'SIGINT'), 700);
    await runCommand(process.execPath, ['-e', inner, process.argv[1]]);`;
  const mark = join(mkdtempSync(join(tmpdir(), 'command-')), 'survived');
  const result = await runCommand(node, ['--import', 'tsx', '--input-type=module', '-e', script, mark]);
  expect(result.stderr).toContain('was ended by SIGINT');
  await sleep(2500);
  expect(existsSync(mark)).toBe(false);
});
