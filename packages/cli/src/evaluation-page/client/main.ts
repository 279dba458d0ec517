import { countText, filterChoices, filtered, questionLine, type PageData, type PageQuestion } from '@moslora/page';
import { element, FilterBar, questionDetail, QuestionList } from '@moslora/page/client';

const data = JSON.parse(document.getElementById('data')!.textContent!) as PageData;

/** A picture as a data: URI, made when it is shown. */
function picture(index: number | undefined): string | undefined {
  const base64 = index === undefined ? undefined : document.getElementById(`p${index}`)?.textContent;
  return base64 ? `data:image/webp;base64,${base64}` : undefined;
}

const LOST = 'Its picture was gone, or could not be read, when this page was written.';

const count = element('p', { class: 'count', role: 'status' });
const detail = element('div', { class: 'detail' });
let shown: PageQuestion[] = [];
const list = new QuestionList((index) => {
  const question = index === undefined ? undefined : shown[index];
  detail.replaceChildren(
    question
      ? questionDetail(question, data, { picture: picture(question.picture), noPicture: question.pictureLost && LOST })
      : 'No question is left by these filters.',
  );
});
const bar = new FilterBar(filterChoices(data), refresh);

function refresh(): void {
  shown = filtered(data, bar.filter);
  count.textContent = countText(shown, data);
  list.show(shown.length, (index) => shown[index] && questionLine(shown[index]));
}

document
  .getElementById('questions')!
  .replaceChildren(bar.node, count, element('div', { class: 'browser' }, list.node, detail));
refresh();
