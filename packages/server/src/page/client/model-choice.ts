import { element } from '@moslora/page/client';
import { MOST_MODELS } from './state';

/** Which models are asked: one, or up to three side by side. */
export function modelChoice(names: readonly string[], chosen: string[], onChange: () => void): HTMLElement {
  const boxes = names.map((name) => {
    const box = element('input', { type: 'checkbox', name: 'model', value: name });
    box.checked = chosen.includes(name);
    return box;
  });
  const settle = (): void => {
    const on = boxes.filter(({ checked }) => checked);
    for (const box of boxes) box.disabled = box.checked ? on.length === 1 : on.length >= MOST_MODELS;
  };
  for (const box of boxes)
    box.addEventListener('change', () => {
      chosen.splice(0, chosen.length, ...boxes.flatMap(({ checked, value }) => (checked ? [value] : [])));
      settle();
      onChange();
    });
  settle();
  const labels = boxes.map((box) => element('label', { class: 'chip' }, box, element('span', {}, box.value)));
  return element(
    'fieldset',
    { class: 'models' },
    element('legend', {}, `Ask, side by side up to ${MOST_MODELS}`),
    ...labels,
  );
}
