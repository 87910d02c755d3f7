import { printJson, tell, tellLines } from '../../cli/messages.ts';
import { textTable } from '../../cli/text-table.ts';
import type { Finding } from './finding.ts';

/** Prints the findings: a table and what to do on stderr, JSON on stdout. @returns whether nothing was wrong */
export function tellVerdict(about: Readonly<Record<string, unknown>>, findings: readonly Finding[]): boolean {
  const wrong = findings.filter(({ state }) => state === 'wrong');
  tellLines(
    textTable(
      ['check', 'state', 'found'],
      findings.map(({ check, state, found }) => [check, state, found]),
    ),
  );
  for (const { check, advice } of findings) if (advice !== null) tell(`${check}: ${advice}`);
  const healthy = wrong.length === 0;
  tell(healthy ? 'healthy' : `${wrong.length} of ${findings.length} checks found something wrong`);
  printJson({ ...about, healthy, findings });
  return healthy;
}
