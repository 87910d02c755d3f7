import type { EngineKind } from '../../../src/format/corpus-engine.ts';
import { type WritableCorpusKv, readManifest } from '../../../src/storage/corpus-kv.ts';
import { dropCorpus } from '../../../src/storage/publish-corpus.ts';
import { UserError } from '../../cli/user-error.ts';
import type { Engines } from './engines.ts';

/**
 * Removes a corpus and its rows in engines: its name first, then what it named. A run that was killed in between is ended by one that names the
 * engine.
 * @throws UserError when there is no such corpus, or an engine cannot be reached: nothing is removed then
 */
export async function dropWithRows(
  kv: WritableCorpusKv,
  engines: Engines,
  { corpus, engine }: { readonly corpus: string; readonly engine?: EngineKind },
): Promise<{ corpus: string; dropped: true }> {
  const manifest = await readManifest(kv, corpus);
  if (manifest === null) {
    if (engine === undefined || engine === 'isolate') {
      throw new UserError(`there is no corpus "${corpus}" to drop`);
    }
    for (const left of await engines.leftBy(engine, corpus)) await (await engines.open(left)).drop();
    return { corpus, dropped: true };
  }
  const { retiredEngines = [] } = manifest;
  const specs = [manifest.engine, ...retiredEngines.map((retired) => retired.engine)];
  const opened = await Promise.all(specs.flatMap((spec) => (spec === undefined ? [] : [engines.open(spec)])));
  await dropCorpus(kv, corpus, manifest);
  for (const one of opened) await one.drop();
  return { corpus, dropped: true };
}
