import { InvalidArgumentError, Option, type Command } from 'commander';

export type Rules = 'current' | '2024-06';

/** `--rules`: how letters are read. */
export const rulesOption = (): Option =>
  new Option('--rules <rules>', 'how a letter is read from an answer')
    .choices(['current', '2024-06'])
    .default('current');

export interface JudgeFlags {
  judge?: string;
  judgeModel?: string;
}

/** `--judge` and `--judge-model`: who reads what the rules cannot. */
export function judgeOptions(command: Command): Command {
  return command
    .option(
      '--judge <url>',
      'an OpenAI-compatible address that reads answers which the rules cannot read, such as http://localhost:8000/v1; its key: MOSLORA_JUDGE_KEY',
    )
    .option('--judge-model <name>', 'the model that is asked there');
}

/** A number from 1. */
export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('It must be a whole number from 1.');
  return value;
}
