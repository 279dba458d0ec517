interface Told<Line> {
  count: number;
  says: string;
  lines: Line[];
}

/** Lines that one asked for. */
const SIZE = 100;

/** Lines of a list that the server has, asked for piece by piece as they are looked at. */
export class LineStore<Line> {
  private readonly pieces = new Map<number, Promise<Told<Line>>>();
  private readonly there = new Map<number, Line[]>();

  constructor(private readonly get: (offset: number, limit: number) => Promise<Told<Line>>) {}

  /** The first piece, with how many lines there are. */
  first(): Promise<Told<Line>> {
    return this.piece(0);
  }

  /** A line, where it is there; else it is asked for, and `onCome` told when it has come. */
  at(index: number, onCome: () => void): Line | undefined {
    const number = Math.floor(index / SIZE);
    const lines = this.there.get(number);
    if (!lines && !this.pieces.has(number)) void this.piece(number).then(onCome, () => undefined);
    return lines?.[index % SIZE];
  }

  /** A line, when it has come. */
  async wait(index: number): Promise<Line> {
    const { lines } = await this.piece(Math.floor(index / SIZE));
    return lines[index % SIZE]!;
  }

  private piece(number: number): Promise<Told<Line>> {
    const known = this.pieces.get(number);
    if (known) return known;
    const coming = this.get(number * SIZE, SIZE);
    this.pieces.set(number, coming);
    coming.then(
      ({ lines }) => this.there.set(number, lines),
      () => this.pieces.delete(number), // Asked again when it is looked at again.
    );
    return coming;
  }
}
