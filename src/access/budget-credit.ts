import { DAY_MS, type Taken } from './budget-terms.ts';

/** What an isolate has taken of a caller's daily budget and not spent yet, in hundredths of a unit. */
export class BudgetCredit {
  #credit = 0;
  #left = 0;
  #day = 0;

  /** Takes it from what is at hand today. @returns whether there was enough; if not, nothing is taken */
  takeAtHand(cost: number, now: number): boolean {
    this.#forget(now);
    if (cost > this.#credit) return false;
    this.#credit -= cost;
    return true;
  }

  /** Sets aside what is at hand, up to the cost. @returns how much that is */
  setAside(cost: number, now: number): number {
    this.#forget(now);
    const atHand = Math.min(this.#credit, cost);
    this.#credit -= atHand;
    return atHand;
  }

  /** @param rest of what was granted that is not spent */
  add({ left, day }: Taken, rest: number): void {
    // An answer that was overtaken by midnight, or by a later one, says less than what is known.
    if (day < this.#day) return;
    if (day > this.#day) {
      this.#credit = 0;
      this.#left = left;
    }
    this.#day = day;
    this.#left = Math.min(this.#left, left);
    this.#credit += rest;
  }

  giveBack(cost: number, now: number): void {
    this.#forget(now);
    if (this.#day === Math.floor(now / DAY_MS)) this.#credit += cost;
  }

  /** What this isolate knows to be left of today. */
  left(): number {
    return this.#left + this.#credit;
  }

  /** What was taken yesterday is of yesterday's budget. */
  #forget(now: number): void {
    if (Math.floor(now / DAY_MS) > this.#day) this.#credit = 0;
  }
}
