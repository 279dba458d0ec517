/** An element with attributes and children; texts are never read as markup. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string>> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** A choice among options; the first is chosen. */
export function choice(label: string, options: readonly [value: string, text: string][]): HTMLSelectElement {
  const select = element('select', { 'aria-label': label });
  select.append(...options.map(([value, text]) => element('option', { value }, text)));
  return select;
}

/** A button that says what it does also to those who do not see it. */
export function button(text: string, title: string, onClick: () => void): HTMLButtonElement {
  const made = element('button', { type: 'button', title, 'aria-label': title }, text);
  made.addEventListener('click', onClick);
  return made;
}
