import { InvalidArgumentError, type Command } from 'commander';
import { print, type Io } from '../io';

interface Options {
  prompt: string;
  image: string[];
  base?: string;
  tower?: string;
  system?: string;
  raw?: boolean;
  sample?: boolean;
  greedy?: boolean;
  temperature?: number;
  topK?: number;
  topP?: number;
  minP?: number;
  repetitionPenalty?: number;
  seed?: number;
  maxNewTokens?: number;
  stop: string[];
  json?: boolean;
}

/** `generate`: an answer as it comes. What is not given is as the folder's generation_config.json says. */
export function registerGenerate(program: Command, io: Io): void {
  const collect = (text: string, all: string[]): string[] => [...all, text];
  program
    .command('generate')
    .description('answer a question with a model, printing the text as it comes')
    .argument(
      '<model>',
      "folder of a LLaVA (in Hugging Face's, the original or xtuner's layout) or of a language model; or PIPELINE:STAGE such as quickstart:instruct, or its run",
    )
    .option('--base <folder>', 'the language model, where the folder does not hold it')
    .option('--tower <folder>', 'the vision tower, where the folder does not hold it')
    .requiredOption('--prompt <text>', 'the question')
    .option(
      '--image <file>',
      'a picture, before the question or where its <image> stands; may be given several times',
      collect,
      [],
    )
    .option('--system <text>', 'system text')
    .option('--raw', 'continue the text as it is, without a template')
    .option('--sample', 'draw tokens; other settings from generation_config.json unless given')
    .option('--greedy', 'take the likeliest token, whatever generation_config.json says')
    .option('--temperature <number>', 'logits are divided by it', number)
    .option('--top-k <count>', 'draw among the likeliest; 0: all', number)
    .option('--top-p <share>', 'draw among the likeliest that hold this probability', number)
    .option('--min-p <share>', 'leave out what is less likely than this share of the likeliest', number)
    .option('--repetition-penalty <factor>', 'above 1: what was said becomes less likely', number)
    .option('--seed <number>', 'another one draws another answer', number)
    .option('--max-new-tokens <count>', 'most tokens of the answer', number)
    .option('--stop <text>', 'ends the answer; may be given several times', collect, [])
    .option('--json', 'print JSON: text, ids, and why it ended')
    .action((folder: string, options: Options) => answer(folder, options, io));
}

async function answer(folder: string, options: Options, io: Io): Promise<void> {
  const { startEngine } = await import('@moslora/kernels');
  const { readGenerationDefaults, streamText } = await import('@moslora/model-llava');
  const { encodeQuestion } = await import('../generate/encode-question');
  const { nameSpeaker } = await import('../generate/open-speaker');
  const { Reporter } = await import('../progress/reporter');
  const defaults = readGenerationDefaults(folder);
  const given = { base: options.base, tower: options.tower };
  const told = { reporter: new Reporter(process.stderr), signal: new AbortController().signal };
  const named = nameSpeaker(folder, given, told);
  const { tokenizer } = named;
  const { ids, stop } = encodeQuestion(tokenizer, () => named.template(), {
    ...options,
    system: options.system ?? (options.raw ? undefined : named.system),
    images: options.image.length,
  });
  await startEngine({ log: (line: string) => io.err(`${line}\n`) });
  const open = await named.open();
  const pixels = await open.pixels(options.image);
  const pieces = streamText(
    open.speaker,
    tokenizer,
    ids,
    { pixels },
    {
      ...defaults,
      maxNewTokens: options.maxNewTokens ?? defaults.maxNewTokens,
      stopStrings: [...stop, ...defaults.stopStrings, ...options.stop],
      sampling: sampling(options, defaults.sampling),
    },
  );
  try {
    let step = await pieces.next();
    for (; !step.done; step = await pieces.next()) if (!options.json) io.out(step.value);
    if (!options.json) io.out('\n');
    else print(io, true, step.value, () => []);
  } finally {
    pixels?.dispose();
    open.dispose();
  }
}

/** The command line's settings over the folder's. */
function sampling(options: Options, defaults: Record<string, unknown>): Record<string, unknown> {
  const { temperature, topK, topP, minP, repetitionPenalty, seed, sample, greedy } = options;
  const given = { temperature, topK, topP, minP, repetitionPenalty, seed, doSample: greedy ? false : sample };
  const set = Object.entries(given).filter(([, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(set) };
}

function number(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || Number.isNaN(value)) throw new InvalidArgumentError('It must be a number.');
  return value;
}
