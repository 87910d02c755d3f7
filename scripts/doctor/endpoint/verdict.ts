import { printJson, tell, tellLines } from '../../cli/messages.ts';
import { textTable } from '../../cli/text-table.ts';
import type { Finding } from './finding.ts';

const SAID: ReadonlyMap<boolean | null, string> = new Map([
  [true, 'healthy'],
  [null, 'not asked: nothing is wrong in the configuration, and no server answered'],
]);

/**
 * Prints the findings: a table and what to do on stderr, JSON on stdout.
 * @param isAsked whether a deployment was asked, without which nobody can say that it is well
 * @returns whether it is healthy; null where nothing was wrong, and no deployment asked
 */
export function tellVerdict(
  about: Readonly<Record<string, unknown>>,
  findings: readonly Finding[],
  isAsked: boolean,
): boolean | null {
  const wrong = findings.filter(({ state }) => state === 'wrong');
  tellLines(
    textTable(
      ['check', 'state', 'found'],
      findings.map(({ check, state, found }) => [check, state, found]),
    ),
  );
  for (const { check, advice } of findings) if (advice !== null) tell(`${check}: ${advice}`);
  const nothingWrong = isAsked ? true : null;
  const healthy = wrong.length === 0 ? nothingWrong : false;
  tell(SAID.get(healthy) ?? `${wrong.length} of ${findings.length} checks found something wrong`);
  printJson({ ...about, healthy, findings });
  return healthy;
}
