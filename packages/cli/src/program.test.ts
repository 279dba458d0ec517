import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { endingOf } from './exit-codes';
import { runHere as run } from './fixtures/run-here';

const folder = mkdtempSync(join(tmpdir(), 'moslora-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('moslora', () => {
  it('suggests what was meant, and exits with 2', async () => {
    expect(await run('scroe', 'a.tsv')).toMatchObject({ code: 2, err: expect.stringContaining('Did you mean score?') });
    expect(await run('score', 'a.tsv', '--rule', 'current')).toMatchObject({
      code: 2,
      err: expect.stringContaining('Did you mean --rules?'),
    });
    expect(await run('score')).toMatchObject({
      code: 2,
      err: expect.stringContaining("missing required argument 'predictions'"),
    });
    expect(await run('score', 'a.tsv', '--rules', '2023')).toMatchObject({
      code: 2,
      err: expect.stringContaining('Allowed choices are current, 2024-06'),
    });
    expect(await run('verify-model', '.', '--atol', 'much')).toMatchObject({
      code: 2,
      err: expect.stringContaining('must be a number above 0'),
    });
  });

  it('exits with 0 after help', async () => {
    const { code, out } = await run('--help');
    expect(code).toBe(0);
    expect(out).toContain('Exit codes: 0 done, 1 a check disagrees');
  });

  it('prints mistakes without a stack, and as JSON where JSON was asked for', async () => {
    const { code, err, out } = await run('plan', join(folder, 'nothing'), '--json');
    expect(code).toBe(2);
    expect(err).toBe(
      `no pipeline here\n  where    ${join(folder, 'nothing')}\n  expected a folder with a pipeline.yaml, such as pipelines/quickstart, or the name of one in pipelines/\n`,
    );
    expect(JSON.parse(out)).toMatchObject({ error: { problems: [{ what: 'no pipeline here' }] } });
  });

  it('finds a pipeline by its name, and suggests one', async () => {
    expect(await run('plan', 'quickstart')).toMatchObject({ code: 0, out: expect.stringContaining('instruct') });
    expect(await run('plan', 'quickstrat')).toMatchObject({ code: 2, err: expect.stringContaining('quickstart?') });
  });

  it('says its version', async () => {
    expect(await run('--version')).toEqual({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/), err: '' });
  });

  it('lists the stages of a pipeline after what they need', async () => {
    writeFileSync(
      join(folder, 'pipeline.yaml'),
      'title: T\nstages:\n  b: { kind: prepare, dataset: shapes-world, needs: [a] }\n  a: { kind: provision }\n',
    );
    const { code, out } = await run('plan', folder);
    expect(code).toBe(0);
    expect(out).toBe('T\na  provision        not run\nb  prepare          not run      after a\n');
  });

  it('lists the stages when one is unknown', async () => {
    const { code, err } = await run('stage', folder, 'c');
    expect(code).toBe(2);
    expect(err).toContain('has no stage `c`');
    expect(err).toContain('expected one of b, a');
  });
});

describe('endingOf', () => {
  it('explains errors of the operating system', async () => {
    const full = Object.assign(new Error('x'), { code: 'ENOSPC', path: '/disk/file' });
    expect(await endingOf(full)).toMatchObject({
      code: 2,
      text: expect.stringMatching(/^the disk is full\n {2}where {4}\/disk\/file\n {2}do {7}make room/),
    });
    const denied = Object.assign(new Error('x'), { code: 'EACCES', path: '/disk/file' });
    expect(await endingOf(denied)).toMatchObject({ code: 2, text: expect.stringContaining('no permission (EACCES)') });
  });

  it('keeps the stack of a bug', async () => {
    const { code, text } = await endingOf(new RangeError('index 7'));
    expect(code).toBe(70);
    expect(text).toMatch(/This is a bug in moslora(.|\n)*RangeError: index 7\n\s+at /);
  });
});
