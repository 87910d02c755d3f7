import { describe, expect, it } from 'vitest';
import { createHeavyWork } from '../../../src/clip/towers/heavy-work.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** As many turns of the loop as an answer takes on its way, then notes that it has left. */
async function answer(log: string[], turns: number): Promise<void> {
  for (let i = 0; i < turns; i++) await turn();
  log.push('answer');
}

describe('createHeavyWork', () => {
  it('lets a short request finish before the next piece', async () => {
    const log: string[] = [];
    const run = createHeavyWork(turn);
    const work = (async () => {
      for (let i = 0; i < 4; i++) await run(() => log.push(`piece ${i}`));
    })();
    await run(() => log.push('other'));
    await answer(log, 10);
    await work;
    expect(log.indexOf('answer') - log.indexOf('other')).toBeLessThanOrEqual(2);
  });

  it('gives turns to requests one piece each, in the order in which they asked', async () => {
    const log: string[] = [];
    const run = createHeavyWork(turn);
    const request = async (name: string): Promise<void> => {
      for (let i = 0; i < 3; i++) await run(() => log.push(name));
    };
    await Promise.all(['a', 'b', 'c'].map(request));
    expect(log).toEqual(['a', 'b', 'c', 'a', 'b', 'c', 'a', 'b', 'c']);
  });

  it('serves the loop between pieces of different requests too', async () => {
    const log: string[] = [];
    const run = createHeavyWork(turn);
    const requests = Array.from({ length: 8 }, (_, i) => run(() => log.push(`piece ${i}`)));
    const short = answer(log, 6);
    await Promise.all([...requests, short]);
    expect(log.indexOf('answer')).toBeLessThanOrEqual(1);
  });

  it('goes on when a request that waits in front is cancelled', async () => {
    let isAlive = true;
    // As in workerd: what a cancelled request waits for never comes.
    const run = createHeavyWork(() => (isAlive ? turn() : new Promise(() => undefined)));
    void run(() => 'lost');
    isAlive = false;
    void run(() => 'lost too');
    isAlive = true;
    expect(await run(() => 'found')).toBe('found');
  });

  it('goes on after a piece that fails or is cancelled in the middle', async () => {
    const run = createHeavyWork(turn);
    const failed = run(() => Promise.reject(new Error('bad picture')));
    void run(() => new Promise(() => undefined));
    await expect(failed).rejects.toThrow('bad picture');
    expect(await run(() => 1)).toBe(1);
  });
});
