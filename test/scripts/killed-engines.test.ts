import { afterAll, beforeAll, expect, it } from 'vitest';
import { engineKillCase, type KilledEngines, openKilledEngines } from '../../bench/engines/kill-cases.ts';
import { runKills } from '../../scripts/chaos/kills/run-kills.ts';
import { buildSelection } from '../format/selection-builder.ts';

let engines: KilledEngines;
beforeAll(async () => {
  engines = await openKilledEngines(false);
});
afterAll(() => engines.close());

// One point of one command; `npm run bench -- engine-kills` takes every point of ten, PostgreSQL's too.
it('index that is killed by the system while it sends rows leaves the corpus as it was, and no row twice when it is run again', async () => {
  const record = buildSelection(4, { projection: 'mask', fusion: 'identity', dim: 16, k: 6 });
  const kill = engineKillCase({ from: null, to: 'vectorize' }, record, engines);
  const [row] = await runKills({ points: 1, only: null }, () => undefined, [kill]);
  expect(row.problems).toEqual([]);
  expect(row).toMatchObject({ killed: 1, finished: 1 });
  expect(row.points).toBeGreaterThan(8);
});
