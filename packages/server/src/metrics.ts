import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** What Prometheus is told. */
export class Metrics {
  readonly registry = new Registry();
  private readonly registers = [this.registry];
  readonly requests = new Counter({
    name: 'moslora_requests_total',
    help: 'chat requests by model and HTTP status; 499: the client left',
    labelNames: ['model', 'status'] as const,
    registers: this.registers,
  });
  readonly promptTokens = this.counter(
    'moslora_prompt_tokens_total',
    'tokens of prompts, patches of pictures included',
  );
  readonly newTokens = this.counter('moslora_generated_tokens_total', 'tokens generated');
  readonly firstToken = this.seconds(
    'moslora_first_token_seconds',
    'from the request to the first piece of its answer',
  );
  readonly whole = this.seconds('moslora_request_seconds', 'from the request to the end of its answer');

  constructor(state: Readonly<Record<string, { help: string; value(): number }>>) {
    collectDefaultMetrics({ register: this.registry });
    for (const [name, { help, value }] of Object.entries(state))
      new Gauge({
        name,
        help,
        registers: this.registers,
        collect(): void {
          this.set(value());
        },
      });
  }

  private counter(name: string, help: string): Counter {
    return new Counter({ name, help, registers: this.registers });
  }

  private seconds(name: string, help: string): Histogram {
    const buckets = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
    return new Histogram({ name, help, buckets, registers: this.registers });
  }
}
