import { TurnView } from './answer-view';
import { ask, models } from './ask';
import { Composer } from './composer';
import { button, element } from '@moslora/page/client';
import { modelChoice } from './model-choice';
import { QuestionsView, type Chosen } from './questions-view';
import { settingsView } from './settings-view';
import { MOST_MODELS, messagesFor, type Answer, type Turn } from './state';
import { keep, readState } from './store';

const facts = JSON.parse(document.getElementById('facts')!.textContent!) as {
  questions: boolean;
  mostTokens: number;
};
const state = await readState();
// Kept from a server that may have allowed more.
state.settings.maxTokens = Math.min(state.settings.maxTokens, facts.mostTokens);
const choice = element('div', { class: 'choice' });
const conversation = element('div', { class: 'conversation', 'aria-live': 'polite' });
const greeting = element(
  'p',
  { class: 'greeting' },
  'Drop or paste a picture, ask about it, and compare what several models say.',
);
let stop = new AbortController();
let running = false;

const changed = (): void => keep(state);
const composer = new Composer(state.draft, { send: () => void send(), stop: () => stop.abort(), change: changed });
const fresh = button('New conversation', 'Forget this conversation and begin another', () => {
  begin([]);
  composer.clear();
});
const back = button('Earlier conversation', 'Go back to the conversation before this one', () => {
  const { turns, earlier = [] } = state;
  begin(earlier);
  state.earlier = turns;
  draw();
});
const questions = new QuestionsView(goOn);
const views = [
  ['chat', 'Chat'],
  ['questions', 'Questions'],
].map(([view, text]) => element('a', { href: `#${view}` }, text!));
const settings = settingsView(state.settings, facts, {
  change: changed,
  key: () => void Promise.all([listModels(), showView()]),
});
const chat = element('div', { class: 'chat' }, choice, settings);
const main = element('main', {}, conversation);
document.body.replaceChildren(
  element(
    'header',
    {},
    element(
      'div',
      { class: 'row' },
      element('h1', {}, 'moslora'),
      ...(facts.questions ? [element('nav', { 'aria-label': 'Views' }, ...views)] : []),
      element('span', { class: 'conversations' }, back, fresh),
    ),
    chat,
  ),
  main,
  questions.node,
  composer.node,
);

/** Shows the view that the address names. */
function showView(): void {
  const browsing = facts.questions && location.hash === '#questions';
  for (const node of [chat, main, composer.node]) node.hidden = browsing;
  questions.node.hidden = !browsing;
  document.body.classList.toggle('browsing', browsing);
  views.forEach((link, i) => link.setAttribute('aria-current', String(browsing === (i === 1))));
  if (browsing) void questions.begin();
}

/** Lets a conversation take the place of the one there is. */
function begin(turns: Turn[]): void {
  stop.abort();
  state.turns = turns;
  draw();
  changed();
}

/** A question of an evaluation in the chat: with an answer that all models go on from, or to be asked. */
function goOn({ asked, picture, given }: Chosen): void {
  const pictures = picture === undefined ? [] : [picture];
  if (state.turns.length > 0) state.earlier = state.turns;
  begin(given ? [{ text: asked, pictures, answers: {}, given }] : []);
  location.hash = '#chat';
  showView();
  if (given) composer.clear();
  else composer.fill(asked, pictures);
  toTheEnd();
}

async function listModels(): Promise<void> {
  try {
    const names = await models();
    state.chosen = state.chosen.filter((name) => names.includes(name)).slice(0, MOST_MODELS);
    if (state.chosen.length === 0) state.chosen = names.slice(0, 1);
    choice.replaceChildren(modelChoice(names, state.chosen, changed));
    composer.say('');
  } catch (error) {
    composer.say(String((error as Error).message));
    if (!settings.hasAttribute('open')) settings.setAttribute('open', '');
  }
}

function draw(): void {
  back.hidden = (state.earlier ?? []).length === 0;
  const views = state.turns.map((turn) => new TurnView(turn).node);
  conversation.replaceChildren(...(views.length === 0 ? [greeting] : views));
}

async function send(): Promise<void> {
  if (running || state.chosen.length === 0) return;
  const answers = Object.fromEntries(
    state.chosen.map((model): [string, Answer] => [model, { text: '', status: 'coming' }]),
  );
  const turn: Turn = { text: state.draft.text.trim(), pictures: state.draft.pictures, answers };
  state.turns.push(turn);
  composer.clear();
  const view = new TurnView(turn);
  greeting.remove();
  conversation.append(view.node);
  stop = new AbortController();
  running = true;
  composer.setBusy(true);
  changed();
  toTheEnd();
  await Promise.all(Object.entries(answers).map(([model, answer]) => answerTo(model, answer, view)));
  running = false;
  composer.setBusy(false);
  changed();
}

async function answerTo(model: string, answer: Answer, view: TurnView): Promise<void> {
  const began = performance.now();
  let first: number | undefined;
  const messages = messagesFor(model, state);
  const onPiece = (text: string): void => {
    first ??= performance.now();
    answer.text += text;
    following(() => view.show(model, answer));
    changed();
  };
  try {
    const tokens = await ask(model, messages, state.settings, { signal: stop.signal, onPiece });
    const end = performance.now();
    Object.assign(answer, {
      status: 'done',
      tokens,
      wait: ((first ?? end) - began) / 1000,
      seconds: (end - (first ?? end)) / 1000,
    });
  } catch (error) {
    answer.status = stop.signal.aborted ? 'stopped' : 'failed';
    if (answer.status === 'failed') answer.error = (error as Error).message;
  }
  following(() => view.show(model, answer));
}

const toTheEnd = (): void => scrollTo(0, document.body.scrollHeight);

/** Whoever reads at the end goes on reading at the end. */
function following(change: () => void): void {
  const atEnd = innerHeight + scrollY > document.body.scrollHeight - 60;
  change();
  if (atEnd) toTheEnd();
}

addEventListener('hashchange', showView);
draw();
showView();
toTheEnd();
await listModels();
