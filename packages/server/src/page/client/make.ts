/** An element with attributes and children; texts are never read as markup. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string>> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

export function button(text: string, title: string, onClick: () => void): HTMLButtonElement {
  const made = make('button', { type: 'button', title, 'aria-label': title }, text);
  made.addEventListener('click', onClick);
  return made;
}
