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
  expect(lastLine({ code: 1, stdout: '', stderr: '' })).toBe('exit code 1');
});
