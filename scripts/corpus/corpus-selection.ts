import { isSelectionName, ownerOf } from '../../src/format/kv-keys.ts';
import type { CorpusKv, StoredCorpus } from '../../src/storage/corpus-kv.ts';
import { readRecord } from '../../src/storage/selection-kv.ts';
import { UserError } from '../cli/user-error.ts';
import type { Deployment } from '../kv/deployment.ts';
import { openKv } from '../kv/open-kv.ts';
import { findSelection } from '../score/find-selection.ts';
import { readStoredCorpus } from './stored-corpus.ts';
import type { IndexFlags } from './index-flags.ts';
import type { FoundSelection } from '../selection/selection-file.ts';

const DEFAULT_SELECTION = 'default';
const NOTHING: Pick<StoredCorpus, 'manifest'> = { manifest: null };

/** A selection with what to call it in messages. */
export interface NamedSelection extends FoundSelection {
  readonly label: string;
}

/**
 * The selection to pack a corpus for: the one that was named, else the corpus' own, else (the corpus is new) `default`.
 * @throws UserError when there is none of the name, or the corpus' own is not in KV
 */
export async function findCorpusSelection(
  corpora: CorpusKv,
  { corpus, selection: name, replace }: Pick<IndexFlags, 'corpus' | 'selection' | 'replace'>,
  deployment: Deployment,
): Promise<NamedSelection> {
  const { manifest } = name === undefined ? await readStoredCorpus(corpora, { corpus, replace }) : NOTHING;
  if (manifest !== null) return ownSelection(corpus, manifest.selection, deployment);
  const label = name ?? DEFAULT_SELECTION;
  const isPath = /[/\\]|\.bin$/.test(label) && (!isSelectionName(label) || label.endsWith('.bin'));
  if (isPath) {
    throw new UserError(
      `--selection ${label} is a file: the Worker reads the record from KV. Publish it, and give its name.`,
    );
  }
  refuseForeign(corpus, label);
  return { ...(await findSelection(label, deployment.isRemote)), label };
}

/** Whoever sees the corpus is told of its record. @throws UserError */
function refuseForeign(corpus: string, selection: string): void {
  const owner = ownerOf(selection);
  if (owner === null || owner === ownerOf(corpus)) return;
  throw new UserError(
    `selection "${selection}" is of ${owner}, corpus "${corpus}" is not: pack it for a selection that is shared, or name it ${owner}/${corpus.slice(corpus.indexOf('/') + 1)}`,
  );
}

async function ownSelection(corpus: string, id: string, deployment: Deployment): Promise<NamedSelection> {
  const { kv, close } = await openKv(deployment.isRemote, deployment.selections, { readsOnly: true });
  try {
    const record = await readRecord(kv, id);
    if (record !== null) return { ...record, label: `${id} of corpus ${corpus}` };
    throw new UserError(
      `record ${id}, which corpus "${corpus}" is packed for, is not in KV: give a --selection`,
    );
  } finally {
    await close();
  }
}
