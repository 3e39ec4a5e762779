// How long to wait before a server that died is started again.

export interface BackoffOptions {
  /** Milliseconds before the first restart; each further one waits twice as long. */
  first: number;
  longest: number;
  /** A server that lived this long starts the count anew. */
  healthyAfter: number;
  /** Deaths in a row after which nothing is tried any more. */
  most: number;
}

export const RESTARTS: BackoffOptions = { first: 500, longest: 30_000, healthyAfter: 120_000, most: 6 };

export class Backoff {
  private readonly options: BackoffOptions;
  private readonly now: () => number;
  private deaths = 0;
  private startedAt = 0;

  constructor(options: BackoffOptions = RESTARTS, now: () => number = Date.now) {
    this.options = options;
    this.now = now;
  }

  started(): void {
    this.startedAt = this.now();
  }

  /** Milliseconds until the next start; undefined when it is time to give up. */
  died(): number | undefined {
    if (this.startedAt && this.now() - this.startedAt >= this.options.healthyAfter) this.deaths = 0;
    this.startedAt = 0;
    this.deaths += 1;
    if (this.deaths > this.options.most) return undefined;
    return Math.min(this.options.longest, this.options.first * 2 ** (this.deaths - 1));
  }

  reset(): void {
    this.deaths = 0;
  }
}
