import { describe, expect, it } from 'vitest';
import type { Look } from '../../src/pipeline/look.ts';
import { MAX_DEAD } from '../../src/pipeline/look.ts';
import { MAX_IDLE_SECONDS, ProgressWatch, STALL_SECONDS, type Verdict } from '../../src/pipeline/wait.ts';
import { PARTS_A_SHARD, type SimulatedRun, simulateEncoding } from './simulated-queue.ts';

const MINUTE = 60;

function look(change: Partial<Look>): Look {
  return { done: 0, blocked: 0, dead: 0, heartbeat: 'a', ...change };
}

/** Of looks that find the same, a minute apart, by the minute. */
function verdicts(total: number, minutes: number, same: Look): Verdict[] {
  const watch = new ProgressWatch(total);
  return Array.from({ length: minutes }, () => {
    const verdict = watch.judge(same);
    watch.pass(MINUTE);
    return verdict;
  });
}

describe('a wait', () => {
  it('goes on while parts of a shard come in, however long it takes', () => {
    const watch = new ProgressWatch(2);
    for (let part = 0; part < 64; part++) {
      expect(watch.judge(look({ heartbeat: String(part) }))).toBe('going');
      watch.pass(10 * MINUTE);
    }
  });

  it('sends anew after 15 minutes without any, and while nothing moves after twice as long each time', () => {
    expect(STALL_SECONDS).toBe(15 * MINUTE);
    const stalls = verdicts(2, 121, look({})).flatMap((verdict, i) => (verdict === 'stalled' ? [i] : []));
    expect(stalls).toEqual([15, 30, 60, 120]);
  });

  it('ends when nothing has moved for two days', () => {
    const all = verdicts(2, MAX_IDLE_SECONDS / MINUTE + 2_000, look({}));
    const end = all.indexOf('dead');
    expect(end * MINUTE).toBeGreaterThanOrEqual(MAX_IDLE_SECONDS);
    expect(all.slice(0, end).filter((verdict) => verdict === 'stalled').length).toBeLessThan(10);
  });

  it('goes on while something is left beside what was given up, then ends', () => {
    const watch = new ProgressWatch(3);
    expect(watch.judge(look({ done: 1, blocked: 1, dead: 2 }))).toBe('going');
    expect(watch.judge(look({ done: 2, blocked: 1, dead: 2 }))).toBe('given up');
  });

  it('ends at once when a hundred batches were given up', () => {
    expect(new ProgressWatch(3_000).judge(look({ blocked: 2, dead: MAX_DEAD }))).toBe('given up');
  });

  it('ends, and sends nothing anew, when batches were given up and nothing moves for 15 minutes', () => {
    const all = verdicts(9, 16, look({ blocked: 1, dead: 1 }));
    expect(all.slice(0, -1)).not.toContain('given up');
    expect(all).not.toContain('stalled');
    expect(all.at(-1)).toBe('given up');
  });

  it('is over when all is done, whatever was given up on the way', () => {
    expect(new ProgressWatch(3).judge(look({ done: 3, dead: MAX_DEAD }))).toBe('complete');
  });
});

function messages({ sent }: SimulatedRun): number {
  return [...sent.values()].reduce((sum, count) => sum + count, 0);
}

/** 102,400 pairs, 64 a part. */
const SHARDS = 25;
const TASKS = SHARDS * (PARTS_A_SHARD + 1);

describe('a run of 102,400 pairs, 64 a message, with one consumer', () => {
  it.each([
    ['250 ms', 16],
    ['5 seconds', 320],
  ])('sends no message twice at %s a picture', async (_, secondsAPart) => {
    const run = await simulateEncoding({ shards: SHARDS, secondsAPart });
    expect(run.error).toBeNull();
    expect(messages(run)).toBe(TASKS);
    expect(run.sent.size).toBe(TASKS);
    expect(run.inVain).toBe(0);
  });

  it.each([
    ['every seventh message is lost', (sent: number) => sent % 7 === 3],
    [
      'all messages of the first 22 shards but one part each',
      (sent: number) => sent < 22 * 64 && sent % 64 > 0,
    ],
    ['every message that asks to assemble is lost at first', (sent: number) => sent >= 1_600 && sent < 1_625],
  ])('ends all the same where %s, and sends little besides what was lost', async (_, isLost) => {
    let lost = 0;
    const run = await simulateEncoding({
      shards: SHARDS,
      secondsAPart: 16,
      loses: (__, sent) => {
        const loses = isLost(sent);
        if (loses) lost++;
        return loses;
      },
    });
    expect(run.error).toBeNull();
    expect(lost).toBeGreaterThan(20);
    expect(messages(run) - TASKS).toBe(lost);
  });

  it('ends where the queue forgets after four days what takes it eleven', async () => {
    const run = await simulateEncoding({ shards: SHARDS, secondsAPart: 600, keepsSeconds: 4 * 86_400 });
    expect(run.error).toBeNull();
    expect(run.seconds).toBeGreaterThan(11 * 86_400);
    expect(run.inVain).toBe(0);
  });

  it('goes on past what was given up, then ends with it', async () => {
    const run = await simulateEncoding({
      shards: SHARDS,
      secondsAPart: 16,
      fails: (task) => task.kind === 'encode' && task.part === 0 && task.shard % 10 === 0,
    });
    expect(run.error).toContain('batches were given up (3)');
    expect(run.sent.size).toBe(TASKS - 3);
    expect(messages(run)).toBe(TASKS - 3);
  });

  it('ends after two days, with few messages more, where the queue delivers nothing', async () => {
    const run = await simulateEncoding({ shards: SHARDS, secondsAPart: 16, loses: () => true });
    expect(run.error).toContain('nothing has moved for 48 hours');
    expect(messages(run)).toBeLessThan(10 * TASKS);
  });
});
