import { element } from '@moslora/page/client';
import { key } from './server';
import type { Settings } from './state';

interface Field {
  name: keyof Settings;
  label: string;
  input: Readonly<Record<string, string>>;
}

const fields: readonly Field[] = [
  {
    name: 'temperature',
    label: 'Temperature (0: the likeliest token)',
    input: { type: 'number', min: '0', max: '2', step: '0.1' },
  },
  { name: 'topP', label: 'Top-p', input: { type: 'number', min: '0.01', max: '1', step: '0.01' } },
  { name: 'maxTokens', label: 'Most tokens', input: { type: 'number', min: '1', step: '1' } },
  { name: 'seed', label: 'Seed (empty: another each time)', input: { type: 'number', step: '1' } },
  { name: 'system', label: 'System text', input: { type: 'text' } },
];

/** How answers are made, in a fold; what is typed is taken at once. @param facts what the server makes at most */
export function settingsView(
  settings: Settings,
  { mostTokens }: { mostTokens: number },
  on: { change: () => void; key: () => void },
): HTMLElement {
  const labels = fields.map(({ name, label, input }) => {
    const box = element('input', { ...input, name });
    if (name === 'maxTokens') box.max = String(mostTokens);
    box.value = String(settings[name]);
    box.addEventListener('input', () => {
      if (!box.checkValidity() || (box.value === '' && name !== 'seed' && name !== 'system')) return;
      const value = name === 'seed' || name === 'system' ? box.value : Number(box.value);
      Object.assign(settings, { [name]: value });
      on.change();
    });
    return element('label', {}, label, box);
  });
  const secret = element('input', { type: 'password', name: 'key', autocomplete: 'off' });
  secret.value = key.get();
  secret.addEventListener('change', () => {
    key.set(secret.value.trim());
    on.key();
  });
  const all = element(
    'div',
    { class: 'fields' },
    ...labels,
    element('label', {}, 'API key (kept in this tab)', secret),
  );
  return element('details', { class: 'settings' }, element('summary', {}, 'Settings'), all);
}
