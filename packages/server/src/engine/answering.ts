import { AnswerText, stopIds, tokenLikelihood, type NextToken } from '@moslora/model-llava';
import type { Tokenizer } from '@moslora/tokenization';
import type { Job, JobToken } from './job';

/** The answer to one job growing: ids become text, stops and lengths are watched. */
export class Answering {
  private readonly stop: ReadonlySet<number>;
  private readonly text: AnswerText;
  /** Told with the next piece. */
  private tokens: JobToken[] = [];
  private count = 0;

  constructor(
    readonly job: Job,
    tokenizer: Tokenizer,
  ) {
    const { template, stop, stopStrings } = job.model;
    const strings = [...template.stop, ...stopStrings, ...job.stop];
    this.stop = new Set(stopIds(tokenizer, stop, strings));
    this.text = new AnswerText(tokenizer, strings, this.stop);
  }

  /** Takes the next token and tells what is sure. @returns whether the answer ends with it, or nobody waits for more */
  push({ id, logits }: NextToken): boolean {
    const { job } = this;
    if (job.signal.aborted) return true;
    this.count += 1;
    const isStop = this.stop.has(id);
    const text = this.text.push(id, isStop ? 'stop' : this.count >= job.maxNewTokens && 'length');
    if (logits && !isStop) this.tokens.push({ id, ...tokenLikelihood(logits, id, job.likeliest ?? 0) });
    const { finish } = this.text;
    if (text !== '' || (finish && this.tokens.length > 0)) {
      job.emit({ kind: 'piece', text, tokens: this.tokens });
      this.tokens = [];
    }
    if (finish) job.emit({ kind: 'end', finish, newTokens: this.count });
    return finish !== undefined;
  }
}
