/** Units of cost that one call of the platform's counter, which counts calls, stands for. About half a second of one core. */
export const RATE_UNIT = 500;
/** As `[[ratelimits]]` of wrangler.toml has it, for Retry-After: the platform tells no moment. */
export const RATE_PERIOD_SECONDS = 60;

/** The part of the platform's rate-limit binding that is used. */
export interface RateCounter {
  limit(options: { key: string }): Promise<{ success: boolean }>;
}

/**
 * What a caller's requests may still cost before the counter is asked again. The counter counts calls and knows no cost, so an
 * isolate buys units of it ahead; the first request of a caller buys one, however little it costs.
 */
export class RateCredit {
  #credit = 0;

  /** Takes it from what is at hand. @returns whether there was enough; if not, nothing is taken */
  takeAtHand(cost: number): boolean {
    if (cost > this.#credit) return false;
    this.#credit -= cost;
    return true;
  }

  /**
   * Buys what is missing and takes the cost. What was bought stays when it is not enough.
   * @returns whether there was enough
   * @throws what the counter throws
   */
  async buy(counter: RateCounter, key: string, cost: number): Promise<boolean> {
    // Set aside at once: other requests buy at the same moment.
    const atHand = Math.min(this.#credit, cost);
    this.#credit -= atHand;
    const calls = Math.max(1, Math.ceil((cost - atHand) / RATE_UNIT));
    let bought = 0;
    try {
      // One after the other: a caller over the limit is found out by the first.
      for (let call = 0; call < calls; call++) {
        if (!(await counter.limit({ key })).success) break;
        bought += RATE_UNIT;
      }
    } catch (error) {
      this.#credit += atHand + bought;
      throw error;
    }
    const left = atHand + bought - cost;
    this.#credit += left < 0 ? atHand + bought : left;
    return left >= 0;
  }

  giveBack(cost: number): void {
    this.#credit += cost;
  }
}
