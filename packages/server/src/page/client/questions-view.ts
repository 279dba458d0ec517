import type { FilterChoices, PageQuestion, QuestionLine } from '@moslora/page';
import { button, element, FilterBar, questionDetail, QuestionList } from '@moslora/page/client';
import { getJson, getPicture } from './server';
import { LineStore } from './line-store';

/** A question of a run's with its picture, and an answer to it. */
export interface Chosen {
  asked: string;
  picture: string | undefined;
  /** Whose answer is gone on from; undefined: the question is asked anew. */
  given: { by: string; text: string } | undefined;
}

interface Choices extends FilterChoices {
  /** By benchmark. */
  withoutPictures: boolean[];
}

interface Told {
  question: PageQuestion;
  /** By run. */
  asked: string[];
}

/** Questions of finished runs: a list that filters cut, and beside it one of them with what every run answered. */
export class QuestionsView {
  readonly node = element('section', { class: 'questions', 'aria-label': 'Questions of finished runs' });
  private readonly count = element('p', { class: 'count', role: 'status' }, 'Loading…');
  private readonly detail = element('div', { class: 'detail' });
  private readonly list = new QuestionList((index) => void this.open(index));
  private choices: Choices | undefined;
  private bar: FilterBar | undefined;
  private lines: LineStore<QuestionLine & { place: number }> | undefined;
  /** Counts what was opened: what comes late for an earlier one is dropped. */
  private opened = 0;

  constructor(private readonly onAsk: (chosen: Chosen) => void) {
    this.node.append(this.count);
  }

  /** Asks the server for what there is; once it has told, nothing more is asked. */
  async begin(): Promise<void> {
    if (this.choices) return;
    try {
      const choices = await getJson<Choices>('/questions/choices');
      this.choices = choices;
      this.bar = new FilterBar(choices, () => void this.refresh());
      this.node.replaceChildren(
        ...missingNote(choices),
        this.bar.node,
        this.count,
        element('div', { class: 'browser' }, this.list.node, this.detail),
      );
      await this.refresh();
    } catch (error) {
      this.say(error);
    }
  }

  private async refresh(): Promise<void> {
    const { filter } = this.bar!;
    const lines = new LineStore<QuestionLine & { place: number }>(async (offset, limit) => {
      const query = { ...filter, run: String(filter.run), offset: String(offset), limit: String(limit) };
      return getJson(`/questions?${new URLSearchParams(query).toString()}`);
    });
    this.lines = lines;
    try {
      const { count, says } = await lines.first();
      if (this.lines !== lines) return;
      this.count.textContent = says;
      this.list.show(count, (index) => lines.at(index, () => this.lines === lines && this.list.draw()));
    } catch (error) {
      this.say(error);
    }
  }

  private async open(index: number | undefined): Promise<void> {
    const turn = (this.opened += 1);
    if (index === undefined) return this.detail.replaceChildren('No question is left by these filters.');
    try {
      const line = await this.lines!.wait(index);
      const place = `/questions/${line.place}`;
      const [{ question, asked }, picture] = await Promise.all([getJson<Told>(place), getPicture(`${place}/picture`)]);
      if (turn !== this.opened) return;
      const actions = (run: number): HTMLElement[] => {
        const [text, by] = [question.runs[run]?.rows[0]?.prediction ?? '', this.choices!.runs[run]!];
        const ask = (): void => this.onAsk({ asked: asked[run]!, picture, given: { by, text } });
        return [button('Ask a follow-up', `Go on from the answer of ${by}`, ask)];
      };
      const anew = button('Ask it anew', 'Put question and picture where a question is written', () =>
        this.onAsk({ asked: asked[0]!, picture, given: undefined }),
      );
      const noPicture = this.choices!.withoutPictures[question.benchmark]
        ? 'Its picture is gone: models were asked with it, and a follow-up here goes without.'
        : undefined;
      this.detail.replaceChildren(
        questionDetail(question, this.choices!, { picture, actions, noPicture }),
        element('p', { class: 'actions' }, anew),
      );
      this.detail.scrollTop = 0;
    } catch (error) {
      if (turn === this.opened) this.detail.replaceChildren((error as Error).message);
    }
  }

  private say(error: unknown): void {
    this.count.textContent = (error as Error).message;
  }
}

/** Says which benchmarks' pictures the server does not find. */
function missingNote({ benchmarks, withoutPictures }: Choices): HTMLElement[] {
  const titles = benchmarks.flatMap(({ title }, place) => (withoutPictures[place] ? [title] : []));
  if (titles.length === 0) return [];
  const text = `Pictures of ${titles.join(' and ')} are not where the run read them: questions come without. The server's log says what is missing.`;
  return [element('p', { class: 'no missing', role: 'alert' }, text)];
}
