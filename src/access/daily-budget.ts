import { DurableObject } from 'cloudflare:workers';
import { type Ask, DAY_MS, type Taken, grantOf } from './budget-terms.ts';

/**
 * What one caller has spent on the present day of UTC, exactly: one object a caller, one thread, one row. Isolates take a little
 * ahead of need (`grantOf`), so that most requests need not ask; what was taken counts as spent.
 */
export class DailyBudget extends DurableObject<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.storage.sql.exec(
      'CREATE TABLE IF NOT EXISTS spent (day INTEGER PRIMARY KEY, units INTEGER NOT NULL)',
    );
  }

  /** Takes what is needed and perhaps something ahead, or nothing where less is left than is needed. */
  take(ask: Ask): Taken {
    const { sql } = this.ctx.storage;
    const now = Date.now();
    const day = Math.floor(now / DAY_MS);
    const [row] = sql.exec<{ units: number }>('SELECT units FROM spent WHERE day = ?', day).toArray();
    const spent = row?.units ?? 0;
    const granted = grantOf(ask, ask.daily - spent);
    if (granted > 0) {
      if (row === undefined) sql.exec('DELETE FROM spent');
      sql.exec('INSERT OR REPLACE INTO spent (day, units) VALUES (?, ?)', day, spent + granted);
    }
    return { granted, left: Math.max(0, ask.daily - spent - granted), day };
  }
}
