import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { runHere } from '../fixtures/run-here';
import { appendSteps, appendValidations, validationLine } from './fixtures/written-run';
import { LineFollower } from './line-follower';
import { RunFollower } from './run-follower';
import { runPlaces } from './run-place';
import { startWatchServer } from './watch-server';

const folder = mkdtempSync(join(tmpdir(), 'moslora-watch-'));
const runs = join(folder, 'runs');
const run = (name: string): string => join(runs, name);
beforeEach(() => {
  rmSync(runs, { recursive: true, force: true });
  for (const name of ['p/instruct', 'p/align.unfinished', 'p-smoke/instruct', 'p/score'])
    mkdirSync(run(name), { recursive: true });
  for (const name of ['p/instruct', 'p/align.unfinished', 'p-smoke/instruct']) appendSteps(run(name), 1, 3, 10);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('runPlaces', () => {
  it('finds runs by folder, by their unfinished folder, and by pipeline and stage', () => {
    expect(runPlaces(['runs/p/instruct', 'p:align', 'old=runs/p-smoke/instruct/'], folder)).toEqual([
      { label: 'instruct', folder: run('p/instruct') },
      { label: 'align', folder: run('p/align') },
      { label: 'old', folder: run('p-smoke/instruct') },
    ]);
    expect(runPlaces(['runs/p/align.unfinished'], folder)).toEqual([{ label: 'align', folder: run('p/align') }]);
    expect(runPlaces(['p:instruct', 'p-smoke:instruct'], folder).map(({ label }) => label)).toEqual([
      'p/instruct',
      'p-smoke/instruct',
    ]);
  });

  it('lists the runs there are for one that is not there, and for a folder that did not train', () => {
    expect(() => runPlaces(['runs/p/instrukt', 'runs/p/score'], folder)).toThrow(
      /there is no such run\n {2}where .*runs\/p\/instrukt\n {2}got {6}runs\/p\/instrukt\n {2}expected one of .*runs\/p-smoke\/instruct.*runs\/p\/align.*runs\/p\/instruct.*\n {2}do {7}did you mean runs\/p\/instruct[^]*this folder holds no training run\n/,
    );
    expect(() => runPlaces(['a=p:instruct', 'a=p:align'], folder)).toThrow('two runs of one name');
    expect(() => runPlaces(Array(7).fill('p:align'), folder)).toThrow('at most 6');
  });

  it('makes the command exit with 2', async () => {
    const err = expect.stringMatching(/^there is no such run\n {2}where .*nothing\n/);
    expect(await runHere('watch', join(folder, 'nothing'))).toMatchObject({ code: 2, err });
    expect(await runHere('watch', '--port', '70000', run('p/instruct'))).toMatchObject({ code: 2 });
  });
});

describe('LineFollower', () => {
  it('gives whole lines once, waits for the end of one, and starts over where the file was cut', () => {
    const file = join(folder, 'lines.jsonl');
    const follower = new LineFollower<{ a: string }>();
    expect(follower.poll(file)).toEqual({ reset: false, lines: [] });
    writeFileSync(file, '{"a":"1"}\n{"a":"ü');
    expect(follower.poll(file)).toEqual({ reset: false, lines: [{ a: '1' }] });
    appendFileSync(file, '"}\n');
    expect(follower.poll(file)).toEqual({ reset: false, lines: [{ a: 'ü' }] });
    expect(follower.poll(file)).toEqual({ reset: false, lines: [] });
    writeFileSync(file, '{"a":"1"}\n');
    expect(follower.poll(file)).toEqual({ reset: true, lines: [{ a: '1' }] });
    rmSync(file);
    expect(follower.poll(file)).toEqual({ reset: true, lines: [] });
  });
});

describe('RunFollower', () => {
  it('tells a run in progress from one that is quiet, and from a finished one', () => {
    const follower = new RunFollower({ label: 'p', folder: run('p/align') }, 0);
    expect(follower.poll()).toMatchObject({ run: 0, reset: false, state: 'running', metrics: [{ step: 1 }, {}, {}] });
    expect(follower.poll()).toBeUndefined();
    expect(follower.poll(Date.now() + 61_000)).toMatchObject({ state: 'quiet', metrics: [] });
    const finished = new RunFollower({ label: 'p', folder: run('p/instruct') }, 0);
    writeFileSync(join(run('p/instruct'), 'run.json'), '{}');
    expect(finished.poll()).toMatchObject({ state: 'finished' });
    mkdirSync(run('p/instruct.unfinished'));
    expect(finished.poll()).toMatchObject({ reset: true, state: 'starting', metrics: [] });
  });
});

/** A GET as another program could make it. */
function get(url: string, host?: string): Promise<{ status: number; type: string; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { headers: host === undefined ? {} : { host } }, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('end', () =>
        resolve({
          status: response.statusCode!,
          type: response.headers['content-type'] ?? '',
          body: Buffer.concat(pieces),
        }),
      );
    });
    asked.on('error', reject).end();
  });
}

describe('startWatchServer', () => {
  it('serves the page and the pictures that validations name, to this machine alone', async () => {
    await appendValidations(run('p/instruct'), [validationLine(3, 'red')]);
    writeFileSync(join(run('p/instruct'), 'secret.webp'), 'secret');
    const server = await startWatchServer([{ label: '<p>', folder: run('p/instruct') }], 0);
    const page = await get(server.url);
    expect(page).toMatchObject({ status: 200, type: 'text/html; charset=utf-8' });
    expect(page.body.toString()).toContain('<title>&#60;p&#62;: training</title>');
    const picture = await get(`${server.url}picture/0/validation-pictures/1-1.webp`);
    expect([picture.status, picture.type, picture.body.subarray(8, 12).toString()]).toEqual([
      200,
      'image/webp',
      'WEBP',
    ]);
    for (const path of ['picture/0/secret.webp', 'picture/3/validation-pictures/1-1.webp', 'picture/0/../run.json'])
      expect((await get(server.url + path)).status).toBe(404);
    expect((await get(server.url, 'evil.example')).status).toBe(403);
    const port = Number(new URL(server.url).port);
    await expect(startWatchServer([], port)).rejects.toThrow(
      `this port is taken\n  where    --port\n  got      ${port}`,
    );
    await server.close();
  });
});
