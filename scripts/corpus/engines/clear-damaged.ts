import { type EngineKind, type EngineSpec, isSameEngine } from '../../../src/format/corpus-engine.ts';
import type { NamedEngines } from '../../../src/format/damaged-manifest.ts';
import { AppError } from '../../../src/errors.ts';
import { UserError } from '../../cli/user-error.ts';
import type { Engines } from './engines.ts';
import { type Removing, removeAllRows } from './remove-rows.ts';

/**
 * Removes what engines have of a corpus whose manifest is damaged, before it is made anew: which segments the rows are of is not known any more, so
 * that nothing could remove them later, and they would take the places of others. Nobody searches such a corpus meanwhile.
 * @param kind what it is to be searched by: there all that was left is looked for
 * @throws UserError, AppError STORAGE_FAILED where that engine fails; of others that is told
 */
export async function clearDamaged(
  engines: Engines,
  corpus: string,
  { current, retired }: NamedEngines,
  kind: EngineKind,
  how: Pick<Removing, 'mayBePending' | 'tell'>,
): Promise<void> {
  const left = kind === 'isolate' ? [] : await engines.leftBy(kind, corpus);
  const named = [...(current == null ? [] : [current]), ...retired, ...left];
  const specs = named.filter((spec, i) => named.findIndex((other) => isSameEngine(other, spec)) === i);
  for (const spec of specs) await clear(engines, spec, kind, how);
}

async function clear(
  engines: Engines,
  spec: EngineSpec,
  kind: EngineKind,
  how: Pick<Removing, 'mayBePending' | 'tell'>,
): Promise<void> {
  try {
    await removeAllRows(await engines.open(spec), { ...how, segments: [] });
  } catch (error) {
    if (spec.kind === kind || !(error instanceof UserError || error instanceof AppError)) throw error;
    how.tell(`note: rows of ${spec.kind} that nothing names are still there: ${error.message}`);
  }
}
