import { describe, expect, it } from 'vitest';
import { runKills } from '../../scripts/chaos/kills/run-kills.ts';

// A few points of two commands, one that writes files and one that writes KV; `npm run chaos -- --kills` takes every point of all.
describe('a command that is killed while it writes', () => {
  it.each([
    ['score', 4],
    ['publish', 2],
  ])('%s leaves what was before or what is new, and finishes when it is run again', async (name, points) => {
    const [row] = await runKills({ points, only: [name] }, () => undefined);
    expect(row.problems).toEqual([]);
    expect(row).toMatchObject({ command: name, killed: points, finished: points });
    expect(row.points).toBeGreaterThanOrEqual(8);
    expect(row.before + row.after).toBe(points);
  });
});
