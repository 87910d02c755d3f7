import { type Look, type Looked, MAX_DEAD, lookAt } from './look.ts';
import { pauseSeconds } from './pause.ts';

/** Steps of a Workflow's instance, as a wait takes them. */
export interface WaitSteps {
  readonly do: (name: string, work: () => Promise<Look>) => Promise<Look>;
  readonly sleep: (name: string, seconds: number) => Promise<void>;
}

/** What a run waits for, and how it is sent. */
export interface Waiting {
  readonly name: string;
  readonly looked: Looked;
  /** About as many are under way: they say how often to look. */
  readonly messages: number;
  /** Sends what is not done; where a unit is made in parts, of so many units at most, the first that are open. */
  readonly send: (round: number, most: number) => Promise<void>;
}

/** Shards whose messages are sent anew first; twice as many the next time, since few are lost most often, and what is sent is paid for. */
export const FIRST_SENT_ANEW = 20;

/**
 * Until all is done. What was given up ends the run once nothing else is left.
 * @throws Error with what was given up, or when nothing moves
 */
export async function waitFor(
  steps: WaitSteps,
  runs: R2Bucket,
  run: string,
  { name, looked, messages, send }: Waiting,
): Promise<void> {
  await send(0, Infinity);
  const watch = new ProgressWatch(looked.total);
  let most = FIRST_SENT_ANEW;
  for (let round = 1; ; round++) {
    const pause = pauseSeconds(messages, round);
    const look = await steps.do(`look at ${name} ${round}`, () => lookAt(runs, run, looked));
    switch (watch.judge(look)) {
      case 'complete':
        return;
      case 'given up':
        throw new Error(
          `batches were given up (${look.dead}); their reasons are listed. Mend what they name and resume the run, or, where that is a file of the dataset, start with another --round: what is done stays done`,
        );
      case 'dead':
        throw new Error(
          `nothing has moved for ${MAX_IDLE_SECONDS / 3600} hours, and no batch has failed: look whether the queue has its consumer (npx wrangler queues info alignql-tasks), then resume the run: what is done stays done`,
        );
      case 'stalled':
        await send(round, most);
        most *= 2;
        break;
      case 'going':
        break;
    }
    await steps.sleep(`wait for ${name} ${round}`, pause);
    watch.pass(pause);
  }
}

/** Messages were lost, or nothing works: nothing was done for so long. */
export const STALL_SECONDS = 900;
/** An encoder may be out of its quota until the next day. */
export const MAX_IDLE_SECONDS = 2 * 86_400;

export type Verdict = 'complete' | 'going' | 'stalled' | 'given up' | 'dead';

/** What looks, one after the other, say of a wait. */
export class ProgressWatch {
  readonly #total: number;
  #last: Look | null = null;
  /** Since something moved. */
  #idleSeconds = 0;
  #stallAt = STALL_SECONDS;

  constructor(total: number) {
    this.#total = total;
  }

  /** From one look to the next. */
  pass(seconds: number): void {
    this.#idleSeconds += seconds;
  }

  /**
   * `given up` once nothing else is left, when nothing else has moved for 15 minutes, or when so much was that the rest is not worth
   * trying; `stalled` when nothing has moved for 15 minutes, and while nothing does, after twice as long each time.
   */
  judge(look: Look): Verdict {
    const last = this.#last;
    this.#last = look;
    if (look.done >= this.#total) return 'complete';
    if (look.dead >= MAX_DEAD) return 'given up';
    if (look.blocked > 0 && look.done + look.blocked >= this.#total) return 'given up';
    if (last === null || hasMoved(last, look)) {
      this.#idleSeconds = 0;
      this.#stallAt = STALL_SECONDS;
      return 'going';
    }
    if (this.#idleSeconds < this.#stallAt) return 'going';
    if (look.dead > 0) return 'given up';
    if (this.#idleSeconds >= MAX_IDLE_SECONDS) return 'dead';
    this.#stallAt = 2 * this.#idleSeconds;
    return 'stalled';
  }
}

function hasMoved(last: Look, look: Look): boolean {
  return look.done !== last.done || look.dead !== last.dead || look.heartbeat !== last.heartbeat;
}
