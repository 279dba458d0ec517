/** What the keyboard can do. */
export interface Commands {
  /** Moves the step that is read. */
  move(steps: number): void;
  toEnd(first: boolean): void;
  release(): void;
  log(): void;
  smoother(): void;
  /** Shows or hides a run by its place. */
  run(place: number): void;
  /** Another validation's samples. */
  samples(by: number): void;
}

/** What is shown as help. */
export const keyHelp: readonly [keys: string[], what: string][] = [
  [['←', '→'], 'step, with Shift ten'],
  [['Home', 'End'], 'first, last'],
  [['Esc'], 'follow'],
  [['l'], 'logarithmic'],
  [['s'], 'smoothing'],
  [['1', '…', '6'], 'runs'],
  [['[', ']'], 'samples'],
];

/** Hears keys everywhere but in fields that take them. */
export function listenToKeys(commands: Commands): void {
  document.addEventListener('keydown', (event) => {
    if (event.target instanceof HTMLSelectElement || event.ctrlKey || event.metaKey || event.altKey) return;
    const by = event.shiftKey ? 10 : 1;
    const actions: Record<string, () => void> = {
      ArrowLeft: () => commands.move(-by),
      ArrowRight: () => commands.move(by),
      Home: () => commands.toEnd(true),
      End: () => commands.toEnd(false),
      Escape: () => commands.release(),
      l: () => commands.log(),
      s: () => commands.smoother(),
      '[': () => commands.samples(-1),
      ']': () => commands.samples(1),
    };
    const action =
      actions[event.key] ?? (/^[1-6]$/.test(event.key) ? () => commands.run(Number(event.key) - 1) : undefined);
    if (!action) return;
    event.preventDefault();
    action();
  });
}
