import { AppError } from '../errors.ts';
import type { Ask, Taken } from './budget-terms.ts';
import { type Budgets, Ledger } from './ledger.ts';
import type { RateCounter } from './rate-credit.ts';

/** The bindings that count; a deployment without one holds no rate, or no budgets. */
interface CounterBindings {
  readonly RATE?: RateCounter;
  readonly BUDGETS?: {
    getByName(name: string): { take(ask: Ask): Promise<Taken> };
  };
  readonly COUNTER_DOWN?: string;
}

const ledgers = new WeakMap<object, Ledger>();

/** The ledger of an isolate. @throws AppError INTERNAL as `readCounterDown` */
export function ledgerOf(env: object): Ledger {
  const known = ledgers.get(env);
  if (known) return known;
  const { RATE, BUDGETS } = env as CounterBindings;
  const budgets: Budgets | null =
    BUDGETS === undefined ? null : { take: (caller, ask) => BUDGETS.getByName(caller).take(ask) };
  const ledger = new Ledger({ rate: RATE ?? null, budgets, whenDown: readCounterDown(env), now: Date.now });
  ledgers.set(env, ledger);
  return ledger;
}

/**
 * COUNTER_DOWN: whether requests are answered uncounted ("open") or refused ("closed", the default) while the counter of rates or
 * budgets does not answer.
 * @throws AppError INTERNAL naming the variable and what was expected
 */
export function readCounterDown(env: object): 'open' | 'closed' {
  const { COUNTER_DOWN: written = 'closed' } = env as CounterBindings;
  if (written === 'open' || written === 'closed') return written;
  throw new AppError('INTERNAL', `COUNTER_DOWN is ${JSON.stringify(written)}: expected "open" or "closed"`);
}
