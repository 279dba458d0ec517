import type { JobEvent } from './job';

/** Events of a job, kept until whoever reads them comes. */
export class EventQueue implements AsyncIterable<JobEvent> {
  private readonly events: JobEvent[] = [];
  private wake: (() => void) | undefined;
  private closed = false;

  readonly push = (event: JobEvent): void => {
    this.events.push(event);
    this.wake?.();
  };

  /** Nothing more will come: readers end. */
  close(): void {
    this.closed = true;
    this.wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<JobEvent, void> {
    for (;;) {
      const event = this.events.shift();
      if (event) {
        yield event;
        if (event.kind !== 'piece') return;
      } else if (this.closed) return;
      else await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }
}
