import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { load, type LoadFigures } from './load';
import type { Question } from './one-request';
import { soak, type SoakFigures } from './soak';

// Loads a running `moslora serve` and prints the tables of benchmarks/serving.md:
//   npx tsx tools/serving/main.ts --model NAME --questions heldout.en.tsv [--clients 1,4,16,64] [--seconds 20] [--soak 300 --rate 2]
const { values } = parseArgs({
  options: {
    url: { type: 'string', default: 'http://127.0.0.1:8000' },
    model: { type: 'string' },
    questions: { type: 'string' },
    clients: { type: 'string', default: '1,4,16,64' },
    seconds: { type: 'string', default: '20' },
    'max-tokens': { type: 'string', default: '64' },
    soak: { type: 'string' },
    rate: { type: 'string', default: '2' },
  },
});
const { url, model, questions: table } = values;
if (model === undefined || table === undefined) throw new Error('--model and --questions are needed');

/** Pictures of a table in MMBench's format; every other time its question, else a description is asked for. */
function questionsOf(path: string): Question[] {
  const [head = '', ...lines] = readFileSync(path, 'utf8').trim().split('\n');
  const columns = head.split('\t');
  const [question, image] = [columns.indexOf('question'), columns.indexOf('image')];
  return lines
    .map((line) => line.split('\t'))
    .filter((cells) => (cells[image]?.length ?? 0) > 64)
    .map((cells, i) => ({
      text: i % 2 === 0 ? cells[question]! : 'Describe the picture.',
      picture: `data:image/png;base64,${cells[image]}`,
    }));
}

const asking = { url, model, questions: questionsOf(table), maxTokens: Number(values['max-tokens']) };
const ms = (seconds: number): string => `${(1000 * seconds).toFixed(0)} ms`;
const mb = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;
const row = ({ clients, requests, seconds, refused, tokensPerSecond, first, whole }: LoadFigures): string =>
  `| ${[clients, (requests / seconds).toFixed(1), tokensPerSecond.toFixed(0), ms(first.p50), ms(first.p99), ms(whole.p50), ms(whole.p99), requests, refused].join(' | ')} |`;

function told({ seconds, rate, requests, refused, resident }: SoakFigures): string {
  const half = resident.slice(resident.length >> 1);
  return (
    `${seconds.toFixed(0)} s at ${rate} requests/s: ${requests} answered, ${refused} refused; resident ${mb(resident[0]!)} at first, ` +
    `${mb(half[0]!)} halfway, ${mb(resident.at(-1)!)} at the end, at most ${mb(Math.max(...resident))}`
  );
}

if (values.soak === undefined) {
  await load(asking, 1, 2); // The first requests start threads.
  console.log(
    '| clients | requests/s | tokens/s | first token, p50 | p99 | whole answer, p50 | p99 | answered | refused |',
  );
  console.log('| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |');
  for (const clients of values.clients.split(','))
    console.log(row(await load(asking, Number(clients), Number(values.seconds))));
} else console.log(told(await soak(asking, Number(values.rate), Number(values.soak))));
