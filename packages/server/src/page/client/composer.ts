import { button, element } from '@moslora/page/client';
import { asDataUri } from './server';
import type { State } from './state';

const KINDS = ['image/png', 'image/jpeg', 'image/webp', 'image/gif'];

/** Where a question is written, and pictures are dropped, pasted or chosen. */
export class Composer {
  readonly node: HTMLFormElement;
  private readonly text = element('textarea', {
    rows: '2',
    placeholder: 'Ask about the picture…',
    'aria-label': 'Question',
  });
  private readonly shown = element('div', { class: 'pictures' });
  private readonly send = element('button', { type: 'submit', class: 'main' }, 'Send');
  private readonly note = element('p', { class: 'note', role: 'status' });
  private busy = false;

  constructor(
    private readonly draft: State['draft'],
    private readonly on: { send(): void; stop(): void; change(): void },
  ) {
    const file = element('input', {
      type: 'file',
      accept: KINDS.join(),
      multiple: '',
      hidden: '',
      'aria-label': 'Pictures',
    });
    file.addEventListener('change', () => void this.add(file.files ?? []).then(() => (file.value = '')));
    const choose = button('+ Picture', 'Add pictures; they may be dropped or pasted too', () => file.click());
    this.node = element(
      'form',
      { class: 'composer' },
      this.shown,
      this.text,
      element('div', { class: 'row' }, choose, file, this.note, this.send),
    );
    this.node.addEventListener('submit', (event) => {
      event.preventDefault();
      this.act();
    });
    this.text.value = draft.text;
    this.text.addEventListener('input', () => {
      draft.text = this.text.value;
      on.change();
    });
    this.text.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      if (!this.busy) this.act();
    });
    document.addEventListener('keydown', (event) => {
      if (event.key === 'Escape' && this.busy) on.stop();
    });
    this.takeFrom(document);
    this.draw();
  }

  /** While answers come, the button stops them. */
  setBusy(busy: boolean): void {
    this.busy = busy;
    this.send.textContent = busy ? 'Stop' : 'Send';
    this.send.title = busy ? 'Stop the answers (Escape)' : 'Send (Enter)';
  }

  say(text: string): void {
    this.note.textContent = text;
  }

  clear(): void {
    this.fill('', []);
  }

  /** Puts a question there in place of what was, to be changed or sent. */
  fill(text: string, pictures: readonly string[]): void {
    Object.assign(this.draft, { text, pictures: [...pictures] });
    this.text.value = text;
    this.draw();
    this.text.focus();
  }

  private act(): void {
    if (this.busy) this.on.stop();
    else if (this.draft.text.trim() === '') this.say('Write a question first.');
    else this.on.send();
  }

  private takeFrom(page: Document): void {
    const over = (event: DragEvent): void => {
      event.preventDefault();
      document.body.classList.toggle('dropping', event.type === 'dragover');
    };
    for (const name of ['dragover', 'dragleave', 'drop'] as const) page.addEventListener(name, over);
    page.addEventListener('drop', (event) => void this.add(event.dataTransfer?.files ?? []));
    page.addEventListener('paste', (event) => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (files.length === 0) return;
      event.preventDefault();
      void this.add(files);
    });
  }

  private async add(files: Iterable<File>): Promise<void> {
    const [all, wrong] = [[...files], [...files].filter(({ type }) => !KINDS.includes(type))];
    this.say(wrong.length > 0 ? `not a PNG, JPEG, WebP or GIF: ${wrong.map(({ name }) => name).join(', ')}` : '');
    for (const file of all) if (!wrong.includes(file)) this.draft.pictures.push(await asDataUri(file));
    this.draw();
    this.on.change();
  }

  private draw(): void {
    const nodes = this.draft.pictures.map((src, i) => {
      const remove = button('×', `Remove picture ${i + 1}`, () => {
        this.draft.pictures.splice(i, 1);
        this.draw();
        this.on.change();
      });
      return element('span', { class: 'picture' }, element('img', { src, alt: `picture ${i + 1}` }), remove);
    });
    this.shown.replaceChildren(...nodes);
  }
}
