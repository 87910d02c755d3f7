/** What a daily budget and the isolates that spend of it agree upon. Amounts are whole hundredths of a unit of cost. */

export const DAY_MS = 86_400_000;
export const HUNDREDTHS = 100;

/** What an isolate takes ahead: this share of a day's budget at most, and of what is left. */
const SHARE_OF_DAY = 0.01;
const SHARE_OF_LEFT = 0.1;

export interface Taken {
  /** 0 where less is left than was needed. */
  readonly granted: number;
  /** Of the day, after it. */
  readonly left: number;
  /** Days since 1970, UTC: what was granted counts on that day only. */
  readonly day: number;
}

/** What an isolate asks for. */
export interface Ask {
  readonly need: number;
  /** Of a day. */
  readonly daily: number;
  /** Whether it takes something ahead too: not while it asks already, or each of many requests at once would. */
  readonly ahead: boolean;
}

/** What is granted: the need and perhaps a little ahead, all of which is left; or nothing. */
export function grantOf({ need, daily, ahead }: Ask, left: number): number {
  if (need > left) return 0;
  if (!ahead) return need;
  return need + Math.floor(Math.min(daily * SHARE_OF_DAY, (left - need) * SHARE_OF_LEFT));
}
