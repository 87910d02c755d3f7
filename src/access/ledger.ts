import { LRUCache } from 'lru-cache';
import { AppError } from '../errors.ts';
import { BudgetCredit } from './budget-credit.ts';
import { type Ask, DAY_MS, HUNDREDTHS, type Taken } from './budget-terms.ts';
import type { Caller, Refusal } from './caller.ts';
import { RATE_PERIOD_SECONDS, type RateCounter, RateCredit } from './rate-credit.ts';
import { overLimit, unavailable } from './refusal.ts';
import { inTime } from '../in-time.ts';

/** What counts the daily budgets: a namespace of Durable Objects. */
export interface Budgets {
  take(caller: string, ask: Ask): Promise<Taken>;
}

export interface LedgerOptions {
  /** Null: no rate is held. */
  readonly rate: RateCounter | null;
  readonly budgets: Budgets | null;
  /** What happens to requests while a counter does not answer. */
  readonly whenDown: 'open' | 'closed';
  readonly now: () => number;
}

export interface Charged {
  /** Null: it may run. */
  readonly refusal: Refusal | null;
  /** What the answer tells of the caller's budget. */
  readonly headers: Readonly<Record<string, string>>;
}

/** How long a counter may take. */
const DEADLINE_MS = 1_000;
/** How long a counter that failed is not asked again: nobody waits for the deadline in the meantime. */
const REST_MS = 2_000;
const MAX_CALLERS = 4_096;
/** How long somebody is held whose refused requests have used up the rate, before the counter is asked again. */
const HOLD_MS = 10_000;
const FREE: Charged = { refusal: null, headers: {} };

interface Account {
  readonly rate: RateCredit;
  readonly budget: BudgetCredit;
  /** Until when a question to the budget may be under way. */
  asksUntil: number;
  /** Until when requests are refused before they are read. */
  heldUntil: number;
}

/** Whose rate it is. */
type Sender = Pick<Caller, 'id'> & { readonly kind: Caller['kind'] | 'address' };

/** Charges callers for what they ask, before it runs: their rate, then their daily budget. One an isolate. */
export class Ledger {
  readonly #options: LedgerOptions;
  readonly #accounts = new LRUCache<string, Account>({ max: MAX_CALLERS });
  /** The same by the object that stands for a caller until its record is read again: a request asks twice, and makes no key for it. */
  readonly #byCaller = new WeakMap<Sender, Account>();
  /** Of their own: who sends from many addresses must push no caller's account out. */
  readonly #addresses = new LRUCache<string, Account>({ max: MAX_CALLERS });
  readonly #restsUntil = { rate: 0, budget: 0 };

  constructor(options: LedgerOptions) {
    this.#options = options;
  }

  /**
   * Takes the cost from the caller's rate and budget, or refuses and takes nothing. At once where this isolate has enough at
   * hand of both; never longer than twice the deadline.
   * @param cost in units, at least 0
   */
  charge(caller: Caller, cost: number): Charged | Promise<Charged> {
    if (caller.kind === 'open') return FREE;
    const account = this.#accountOf(caller);
    const hundredths = Math.ceil(cost * HUNDREDTHS);
    if (this.#options.rate !== null && !account.rate.takeAtHand(cost)) {
      return this.#chargeBoth(caller, account, cost, hundredths);
    }
    if (caller.daily === null || this.#options.budgets === null) return FREE;
    return account.budget.takeAtHand(hundredths, this.#options.now())
      ? { refusal: null, headers: this.#headers(caller.daily, account) }
      : this.#chargeBudget(caller, account, cost, hundredths);
  }

  /**
   * Takes the price of a request that was refused before it could be charged from the sender's rate; where there is none left, the
   * sender is held for a while. A counter that does not answer lets it pass: the request was refused as it is.
   * @param cost in units
   * @returns null where this isolate has enough at hand
   */
  chargeRefusal(sender: Sender, cost: number): Promise<void> | null {
    const { rate, now } = this.#options;
    const account = this.#accountOf(sender);
    if (rate === null || account.rate.takeAtHand(cost)) return null;
    const buying = this.#ask('rate', () => account.rate.buy(rate, keyOf(sender), cost));
    return buying.then((isEnough) => {
      if (isEnough === false) account.heldUntil = now() + HOLD_MS;
    });
  }

  /** For how many seconds more a sender's requests are to be refused before they are read; 0 for one who is not held. */
  heldFor(sender: Sender): number {
    const account = this.#byCaller.get(sender) ?? this.#accountsFor(sender).get(keyOf(sender));
    if (account === undefined || account.heldUntil === 0) return 0;
    return Math.max(0, Math.ceil((account.heldUntil - this.#options.now()) / 1000));
  }

  #accountsFor({ kind }: Sender): LRUCache<string, Account> {
    return kind === 'address' ? this.#addresses : this.#accounts;
  }

  #accountOf(sender: Sender): Account {
    const known = this.#byCaller.get(sender);
    if (known) return known;
    const accounts = this.#accountsFor(sender);
    const key = keyOf(sender);
    let account = accounts.get(key);
    if (account === undefined) {
      account = { rate: new RateCredit(), budget: new BudgetCredit(), asksUntil: 0, heldUntil: 0 };
      accounts.set(key, account);
    }
    // An address is told by a new object at every request.
    if (sender.kind !== 'address') this.#byCaller.set(sender, account);
    return account;
  }

  async #chargeBoth(caller: Caller, account: Account, cost: number, hundredths: number): Promise<Charged> {
    const { rate } = this.#options;
    if (rate !== null) {
      const key = keyOf(caller);
      const isEnough = await this.#ask('rate', () => account.rate.buy(rate, key, cost));
      if (isEnough === null && this.#options.whenDown === 'closed') return this.#down();
      if (isEnough === false) return { refusal: overLimit('rate', RATE_PERIOD_SECONDS), headers: {} };
    }
    return this.#chargeBudget(caller, account, cost, hundredths);
  }

  async #chargeBudget(caller: Caller, account: Account, cost: number, hundredths: number): Promise<Charged> {
    const { budgets, now, whenDown } = this.#options;
    const { daily } = caller;
    if (daily === null || budgets === null) return FREE;
    const atHand = account.budget.setAside(hundredths, now());
    const need = hundredths - atHand;
    if (need === 0) return { refusal: null, headers: this.#headers(daily, account) };
    const ahead = now() >= account.asksUntil;
    if (ahead) account.asksUntil = now() + DEADLINE_MS;
    const ask = { need, daily: daily * HUNDREDTHS, ahead };
    const taken = await this.#ask('budget', () => budgets.take(keyOf(caller), ask));
    if (ahead) account.asksUntil = 0;
    if (taken === null && whenDown === 'open') return FREE;
    if (taken !== null) account.budget.add(taken, Math.max(0, taken.granted - need));
    if (taken !== null && taken.granted > 0) return { refusal: null, headers: this.#headers(daily, account) };
    account.budget.giveBack(atHand, now());
    account.rate.giveBack(cost);
    if (taken === null) return this.#down();
    return {
      refusal: overLimit('daily budget', secondsToMidnight(now())),
      headers: this.#headers(daily, account),
    };
  }

  /** @returns null where the counter fails or does not answer in time, which is logged once a rest */
  async #ask<T>(counter: 'rate' | 'budget', call: () => Promise<T>): Promise<T | null> {
    const { now } = this.#options;
    if (now() < this.#restsUntil[counter]) return null;
    try {
      return await inTime(call(), DEADLINE_MS);
    } catch (error) {
      this.#restsUntil[counter] = now() + REST_MS;
      console.error(`The counter of the ${counter} does not answer (COUNTER_DOWN):`, error);
      return null;
    }
  }

  #down(): Charged {
    const words = 'How much was asked cannot be counted at the moment; try again.';
    return { refusal: unavailable(new AppError('STORAGE_FAILED', words)), headers: {} };
  }

  /** https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/ , amounts in units of cost. */
  #headers(daily: number, { budget }: Account): Record<string, string> {
    const seconds = secondsToMidnight(this.#options.now());
    return {
      'ratelimit-policy': `"daily";q=${daily};w=${DAY_MS / 1000}`,
      ratelimit: `"daily";r=${Math.floor(budget.left() / HUNDREDTHS)};t=${seconds}`,
    };
  }
}

function keyOf({ kind, id }: Sender): string {
  return `${kind}:${id}`;
}

function secondsToMidnight(now: number): number {
  return Math.ceil((DAY_MS - (now % DAY_MS)) / 1000);
}
