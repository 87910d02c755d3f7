import { showKills } from '../scripts/chaos/kills/report-kills.ts';
import { type KillRow, runKills } from '../scripts/chaos/kills/run-kills.ts';
import { endChildrenWithThisProcess } from '../scripts/cli/child-watch.ts';
import { buildSelection } from '../test/format/selection-builder.ts';
import { type EngineKill, engineKillCase, openKilledEngines } from './engines/kill-cases.ts';
import { type BenchRow, limitRow, spreadOf } from './measure.ts';

const KILLS: readonly EngineKill[] = [
  { from: null, to: 'postgres' },
  { from: null, to: 'vectorize' },
  { from: 'isolate', to: 'postgres' },
  { from: 'isolate', to: 'vectorize' },
  { from: 'postgres', to: 'isolate' },
  { from: 'postgres', to: 'vectorize' },
  { from: 'vectorize', to: 'isolate' },
  { from: 'vectorize', to: 'postgres' },
  { from: 'postgres', to: null },
  { from: 'vectorize', to: null },
];

/**
 * Kills `index --engine` by SIGKILL: where it makes a corpus behind an engine, moves it from one to another, and drops it; before and during its writes to
 * KV, its requests to the stand-in of Vectorize and its statements to PostgreSQL. A reader must see what was before or what is new, with all rows
 * that it names; run again, the command must leave the rows of a run that was not killed, none twice and none besides.
 * ALIGNQL_KILL_POINTS: of each command at most, else all.
 */
export async function benchEngineKills(): Promise<BenchRow[]> {
  endChildrenWithThisProcess();
  const { ALIGNQL_KILL_POINTS: most } = process.env;
  const points = most === undefined ? null : Number(most);
  const record = buildSelection(4, { projection: 'mask', fusion: 'identity', dim: 16, k: 6 });
  const engines = await openKilledEngines(true);
  try {
    const rows: KillRow[] = [];
    for (const kill of KILLS) {
      const killCase = engineKillCase(kill, record, engines);
      rows.push(...(await runKills({ points, only: null }, () => undefined, [killCase])));
      showKills(rows.slice(-1)); // at once: all of them take long
    }
    return rows.flatMap(({ command, killed, finished, problems }) => [
      limitRow(
        `engine-kills, ${command}`,
        'killed and not finished when run again',
        '',
        spreadOf([killed - finished]),
        0,
      ),
      limitRow(`engine-kills, ${command}`, `problems of ${killed} kills`, '', spreadOf([problems.length]), 0),
    ]);
  } finally {
    await engines.close();
  }
}
