import type { Command } from 'commander';
import { print, type Io } from '../io';
import { portFrom } from '../listening';

interface Flags {
  port: number;
  json?: boolean;
}

export function registerWatch(program: Command, io: Io): void {
  program
    .command('watch')
    .description('a live page about up to six training runs, in progress or finished: curves, mixers, held-out samples')
    .argument('<runs...>', 'folders of stages that train, or PIPELINE:STAGE; LABEL=FOLDER names one')
    .option('--port <port>', 'where the page is served, for this machine alone; 0 takes a free port', portFrom, 6116)
    .option('--json', 'print JSON: where the page is')
    .action(async (runs: string[], { port, json }: Flags) => {
      const { runPlaces } = await import('../watch/run-place');
      const { startWatchServer } = await import('../watch/watch-server');
      const places = runPlaces(runs);
      const server = await startWatchServer(places, port);
      print(io, json, { url: server.url, runs: places }, () => [
        ...places.map(({ label, folder }) => `${label}: ${folder}`),
        `${server.url} (Ctrl-C ends it)`,
      ]);
      await new Promise<void>((resolve) => {
        process.once('SIGINT', resolve);
        process.once('SIGTERM', resolve);
      });
      await server.close();
    });
}
