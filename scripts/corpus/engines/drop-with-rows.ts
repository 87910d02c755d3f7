import { AppError } from '../../../src/errors.ts';
import { type EngineKind, type EngineSpec, isSameEngine } from '../../../src/format/corpus-engine.ts';
import type { CorpusManifest } from '../../../src/format/corpus-manifest.ts';
import type { VectorEngine } from '../../../src/search/engine.ts';
import { type WritableCorpusKv, readManifest } from '../../../src/storage/corpus-kv.ts';
import { dropCorpus } from '../../../src/storage/publish-corpus.ts';
import { UserError } from '../../cli/user-error.ts';
import type { Engines } from './engines.ts';
import { type Removing, removeAllRows } from './remove-rows.ts';

interface Dropping extends Pick<Removing, 'mayBePending' | 'tell'> {
  readonly corpus: string;
  /**
   * Where rows are looked for that no manifest names, of a run that was stopped. With `isolate` rows in engines are left alone, such as those of
   * a server that is gone.
   */
  readonly engine?: EngineKind;
}

/**
 * Removes a corpus and its rows in engines: its name first, then what it named. A run that ended in between is completed by one that names the
 * engine.
 * @throws UserError when there is no such corpus, or an engine is not reached before anything is removed: nothing is then; when one fails
 *   afterwards, naming the command that removes the rows that are left
 * @throws AppError STORAGE_FAILED when KV fails
 */
export async function dropWithRows(
  kv: WritableCorpusKv,
  engines: Engines,
  { corpus, engine, ...how }: Dropping,
): Promise<{ corpus: string; dropped: true }> {
  const manifest = await readManifest(kv, corpus);
  if (manifest === null && (engine === undefined || engine === 'isolate')) {
    throw new UserError(`there is no corpus "${corpus}" to drop`);
  }
  const opened: { readonly spec: EngineSpec; readonly rows: VectorEngine }[] = [];
  for (const spec of await specsOf(engines, corpus, manifest, engine)) {
    opened.push({ spec, rows: await reach(engines, spec) });
  }
  if (manifest !== null) await dropCorpus(kv, corpus, manifest);
  const segments = manifest === null ? [] : [...manifest.segments, ...manifest.retired];
  for (const { spec, rows } of opened) {
    await removeAllRows(rows, { ...how, segments }).catch((error: unknown) => {
      throw told(
        error,
        `the corpus is dropped, not all of its rows in ${spec.kind} are`,
        endingCommand(corpus, spec),
      );
    });
  }
  return { corpus, dropped: true };
}

/** Every engine that may have rows, each once. */
async function specsOf(
  engines: Engines,
  corpus: string,
  manifest: CorpusManifest | null,
  asked: EngineKind | undefined,
): Promise<EngineSpec[]> {
  if (asked === 'isolate') return [];
  const { engine, retiredEngines = [] } = manifest ?? {};
  const named = [
    ...(engine === undefined ? [] : [engine]),
    ...retiredEngines.map((retired) => retired.engine),
  ];
  const left = asked === undefined ? [] : await engines.leftBy(asked, corpus);
  const all = [...named, ...left];
  return all.filter((spec, i) => all.findIndex((other) => isSameEngine(other, spec)) === i);
}

/** Opening alone asks nothing. @throws UserError when it does not answer */
async function reach(engines: Engines, spec: EngineSpec): Promise<VectorEngine> {
  try {
    const rows = await engines.open(spec);
    await rows.describe();
    return rows;
  } catch (error) {
    throw told(
      error,
      `its rows in ${spec.kind} are not reached, and nothing is dropped`,
      'Try again, or leave the rows where they are: give --engine isolate with --drop',
    );
  }
}

function told(error: unknown, what: string, advice: string): unknown {
  if (!(error instanceof UserError || error instanceof AppError)) return error;
  return new UserError(`${what}: ${error.message} ${advice}`, { cause: error });
}

function endingCommand(corpus: string, spec: EngineSpec): string {
  const index = spec.kind === 'vectorize' ? ` --vectorize-index ${spec.index}` : '';
  return `Remove them with: npm run -s index -- --corpus ${corpus} --drop --engine ${spec.kind}${index}, and --remote where it was given`;
}
