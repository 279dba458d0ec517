/** What one model said to a turn. */
export interface Answer {
  text: string;
  status: 'coming' | 'done' | 'stopped' | 'failed';
  /** Of a finished answer. */
  tokens?: number;
  /** From the first piece to the last. */
  seconds?: number;
  /** From the question to the first piece. */
  wait?: number;
  error?: string;
}

/** A question with its pictures, and what each model that was asked said. */
export interface Turn {
  text: string;
  /** data: URIs */
  pictures: string[];
  answers: Record<string, Answer>;
  /** An answer from elsewhere that every model takes for its own. */
  given?: { by: string; text: string };
}

export interface Settings {
  temperature: number;
  topP: number;
  maxTokens: number;
  /** Empty: another one each time. */
  seed: string;
  system: string;
}

/** All that a reload keeps. */
export interface State {
  turns: Turn[];
  /** Names of the models that are asked. */
  chosen: string[];
  settings: Settings;
  /** A question that was not sent yet. */
  draft: { text: string; pictures: string[] };
  /** A conversation that another took the place of. */
  earlier?: Turn[];
}

export const MOST_MODELS = 3;

export const emptyState = (): State => ({
  turns: [],
  chosen: [],
  settings: { temperature: 0, topP: 1, maxTokens: 256, seed: '', system: '' },
  draft: { text: '', pictures: [] },
});

type Part = { type: 'text'; text: string } | { type: 'image_url'; image_url: { url: string } };
export interface Message {
  role: 'system' | 'user' | 'assistant';
  content: string | Part[];
}

/** The conversation as one model knows it: turns that it answered or whose answer is given, and the last. */
export function messagesFor(model: string, { turns, settings }: Pick<State, 'turns' | 'settings'>): Message[] {
  const messages: Message[] = settings.system === '' ? [] : [{ role: 'system', content: settings.system }];
  turns.forEach(({ text, pictures, answers, given }, index) => {
    const said = given ?? answers[model];
    const last = index === turns.length - 1;
    if (!last && (!said || said.text === '')) return;
    const seen = pictures.map((url): Part => ({ type: 'image_url', image_url: { url } }));
    messages.push({ role: 'user', content: [...seen, ...(text === '' ? [] : [{ type: 'text' as const, text }])] });
    if (!last) messages.push({ role: 'assistant', content: said!.text });
  });
  return messages;
}
