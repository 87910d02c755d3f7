import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endChildrenWithThisProcess } from '../cli/child-watch.ts';
import { printJson, tell, tellLines } from '../cli/messages.ts';
import { textTable } from '../cli/text-table.ts';
import { openRehearsedDeployment } from './deployment.ts';
import { type RehearsalRow, rehearse } from './rehearse.ts';

/** So much of what was said stands in the table; the JSON has all. */
const MAX_SAID = 90;

/** The whole of `doctor -- --rehearse`. @returns whether every damage was found, and nothing where all is well */
export async function runRehearsal(): Promise<boolean> {
  endChildrenWithThisProcess();
  const state = await mkdtemp(join(tmpdir(), 'alignql-rehearsal-'));
  try {
    const deployment = await openRehearsedDeployment(state, tell);
    try {
      const rows = await rehearse(deployment, (row) =>
        tell(`${row.held ? 'as expected' : 'NOT FOUND'}: ${row.state}`),
      );
      const held = rows.every((row) => row.held);
      tellLines(tableOf(rows));
      const right = rows.filter((row) => row.held).length;
      tell(`${right} of ${rows.length} states told rightly: ${held ? 'held' : 'NOT HELD'}`);
      printJson({ rows, held });
      return held;
    } finally {
      await deployment.close();
    }
  } finally {
    await rm(state, { recursive: true, force: true });
  }
}

function tableOf(rows: readonly RehearsalRow[]): string {
  return textTable(
    ['doctor', 'state', 'exit code', 'as expected', 'said'],
    rows.map(({ option, state, exitCode, held, said }) => [
      option,
      state,
      String(exitCode),
      held ? 'yes' : 'NO',
      said.length > MAX_SAID ? `${said.slice(0, MAX_SAID - 1)}…` : said,
    ]),
  );
}
