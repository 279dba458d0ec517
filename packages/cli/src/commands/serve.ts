import type { Command } from 'commander';
import type { Limits } from '@moslora/server';
import { oneMoreAdapter, type NamedAdapter } from '../serve/adapter-option';
import type { Io } from '../io';
import { cannotListen, portFrom } from '../listening';
import { wholeNumber } from './scoring-options';

interface Flags {
  adapter: NamedAdapter[];
  name?: string;
  port: number;
  host: string;
  apiKeyFile?: string;
  allowPictures: string[];
  maxBatch?: number;
  maxQueue?: number;
  maxNewTokens?: number;
  maxPictureMb?: number;
  maxPictureMp?: number;
  maxBodyMb?: number;
  pictureCacheMb?: number;
  template?: string;
  system?: string;
  tower?: string;
  base?: string;
  runs?: string[];
  quiet?: boolean;
}

/** `serve`: a model, and adapters over it, behind OpenAI's API and a page. */
export function registerServe(program: Command, io: Io): void {
  const collect = (text: string, all: string[]): string[] => [...all, text];
  program
    .command('serve')
    .description("answer over HTTP as OpenAI's API does, and serve a page to talk to the model; docs/server.md")
    .argument('<model>', 'folder of a model in any layout, or PIPELINE:STAGE such as pipelines/quickstart:instruct')
    .option(
      '--adapter <name=place>',
      'another model over the same base: an adapter folder, or PIPELINE:STAGE; may be given several times',
      oneMoreAdapter,
      [],
    )
    .option('--name <name>', 'what requests call the model; default: its folder, or pipeline:stage')
    .option('--port <number>', 'where to listen; 0: any free port', portFrom, 8000)
    .option('--host <address>', 'on which address; others than this machine can reach 0.0.0.0', '127.0.0.1')
    .option('--api-key-file <file>', 'requests must carry one of its keys, one a line')
    .option(
      '--allow-pictures <url>',
      'where pictures may be fetched from, beside data: URIs: the beginning of http, https or file URLs; may be given several times',
      collect,
      [],
    )
    .option('--max-batch <count>', 'requests answered together; default: 16', wholeNumber)
    .option('--max-queue <count>', 'requests that wait; more get 429; default: 64', wholeNumber)
    .option('--max-new-tokens <count>', 'most tokens of an answer; default: 1024', wholeNumber)
    .option('--max-picture-mb <size>', 'most megabytes of a picture; default: 10', wholeNumber)
    .option('--max-picture-mp <size>', 'most megapixels of a picture; default: 25', wholeNumber)
    .option('--max-body-mb <size>', 'most megabytes of a request; default: 24', wholeNumber)
    .option('--picture-cache-mb <size>', 'memory for pictures seen before; default: 256', wholeNumber)
    .option('--system <text>', 'system text of conversations that have none')
    .option('--template <name>', 'chat template, where the one stored with the model is not meant')
    .option('--tower <folder>', 'the vision tower, where the folder does not hold it')
    .option('--base <folder>', 'the language model, where the folder does not hold it')
    .option(
      '--runs <folders...>',
      'finished evaluations whose questions the page shows, as `evaluate` leaves them; LABEL=FOLDER names one',
    )
    .option('--quiet', 'no line about each request')
    .addHelpText('after', '\nSIGTERM or Ctrl-C: what is being answered is finished, what is new refused.')
    .action((model: string, flags: Flags) => serve(model, flags, io));
}

async function serve(model: string, flags: Flags, io: Io): Promise<void> {
  const { startEngine } = await import('@moslora/kernels');
  const { labelledFolder } = await import('../evaluate/labelled-folders');
  const { readAskedQuestions } = await import('../serve/asked-questions');
  const { AllowedPlaces, ApiKeys, isLoopback, ModelServer } = await import('@moslora/server');
  const { openAnswerer } = await import('../evaluate/open-answerer');
  const { Reporter } = await import('../progress/reporter');
  const { variantOf } = await import('../serve/adapter-option');
  const { openServed, servedName } = await import('../serve/open-served');
  const { untilSignal } = await import('../stages/stop-signal');
  const { usePrecision } = await import('../tuning/run-training');
  const reporter = new Reporter(process.stderr);
  const log = (line: string): void => reporter.log(line);
  const keys = flags.apiKeyFile === undefined ? undefined : ApiKeys.fromFile(flags.apiKeyFile);
  const places = new AllowedPlaces(flags.allowPictures);
  await untilSignal(async (signal) => {
    const { template, system, tower, base } = flags;
    const questions = flags.runs && (await readAskedQuestions(flags.runs.map(labelledFolder)));
    for (const [place, why] of questions?.missing.entries() ?? [])
      if (why !== undefined)
        log(
          `warning: questions of ${questions!.data.benchmarks[place]!.name} are shown without their pictures: ${why}`,
        );
    const answerer = openAnswerer(model, { template, system, tower, base }, { reporter, signal });
    const another = (place: string) => openAnswerer(place, {}, { reporter, signal });
    const variants = flags.adapter.map((adapter) => variantOf(adapter, answerer, another));
    await startEngine({ log });
    log(`matrix products in ${usePrecision('auto')}`);
    const served = await openServed(answerer, flags.name ?? servedName(answerer), variants);
    try {
      const options = { limits: limitsOf(flags), keys, places, questions, ...(flags.quiet !== true && { log }) };
      const server = await ModelServer.create(served, options);
      const address = await server.listen(flags).catch((error: unknown) => cannotListen(error, flags));
      if (!keys && !isLoopback(flags.host))
        log('warning: there are no keys, and others than this machine can reach this port: see --api-key-file');
      io.out(`serving ${served.models.map(({ id }) => id).join(', ')} at ${address}\n`);
      await new Promise<void>((resolve) =>
        signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve()),
      );
      await server.drain();
    } finally {
      served.dispose();
    }
  }, log);
}

function limitsOf(flags: Flags): Partial<Limits> {
  const millions = (value: number | undefined): number | undefined => value && value * 1_000_000;
  const given = {
    running: flags.maxBatch,
    waiting: flags.maxQueue,
    newTokens: flags.maxNewTokens,
    pictureBytes: millions(flags.maxPictureMb),
    picturePixels: millions(flags.maxPictureMp),
    bodyBytes: millions(flags.maxBodyMb),
    cacheBytes: millions(flags.pictureCacheMb),
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}
