import { tell, tellLines } from '../../cli/messages.ts';
import { textTable } from '../../cli/text-table.ts';
import type { KillRow } from './run-kills.ts';

/** Prints the table. @returns whether all held: readers saw what was before or after, and every run that was repeated finished the same */
export function showKills(rows: readonly KillRow[]): boolean {
  const header = ['command', 'points', 'killed', 'seen: before', 'after', 'between', 'run again', 'problems'];
  const cells = rows.map(({ command, points, killed, before, after, between, finished, problems }) => [
    command,
    ...[points, killed, before, after, between, finished, problems.length].map(String),
  ]);
  tellLines(textTable(header, cells));
  for (const problem of rows.flatMap(({ problems }) => problems)) tell(problem);
  return rows.every(({ killed, finished, problems }) => problems.length === 0 && finished === killed);
}
