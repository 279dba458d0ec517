/** How fast work goes: things per second over the last `windowSeconds`, so that the estimate follows a change of pace. */
export class Speed {
  private marks: { at: number; done: number }[];

  constructor(
    start: number,
    at: number,
    private readonly windowSeconds = 30,
  ) {
    this.marks = [{ at, done: start }];
  }

  /** Notes that `done` things are done at time `at` (seconds). */
  note(done: number, at: number): void {
    this.marks.push({ at, done });
    while (this.marks.length > 2 && at - this.marks[1]!.at > this.windowSeconds) this.marks.shift();
  }

  perSecond(): number {
    const first = this.marks[0]!;
    const last = this.marks.at(-1)!;
    return (last.done - first.done) / (last.at - first.at);
  }
}
