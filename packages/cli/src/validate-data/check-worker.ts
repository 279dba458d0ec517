import { workerData } from 'node:worker_threads';
import { serveThread } from '@moslora/images';
import { loadTokenizer } from '@moslora/tokenization';
import { checkPicture, checkSample } from './check-data';
import type { CheckAnswer, CheckRequest, CheckSetup } from './check-request';

const setup = workerData as CheckSetup | undefined;
const options = setup && { ...setup, tokenizer: loadTokenizer(setup.tokenizer) };

serveThread(
  async (request: CheckRequest): Promise<CheckAnswer> => {
    if ('pictures' in request) return { pictures: await Promise.all(request.pictures.map(checkPicture)) };
    if (!options) throw new Error('this thread checks pictures alone');
    return { samples: request.samples.map((sample) => checkSample(sample, options)) };
  },
  { atOnce: 1 },
);
