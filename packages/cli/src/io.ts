/** Where a command writes, and what it leaves for the process to exit with. */
export interface Io {
  out(text: string): void;
  err(text: string): void;
  /** 0; 1 where a check disagrees; 2 where a report lists mistakes in what was given. */
  exitCode: number;
}

export function processIo(): Io {
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    exitCode: 0,
  };
}

/** Prints a result: as JSON where it was asked for, else as lines. */
export function print(io: Io, json: boolean | undefined, value: unknown, lines: () => string[]): void {
  io.out(json ? `${JSON.stringify(value, null, 2)}\n` : `${lines().join('\n')}\n`);
}
