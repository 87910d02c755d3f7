import { AppError } from '../../errors.ts';
import type { CorpusPlan } from '../../format/corpus-manifest.ts';
import { corpusCount, scannedShape } from '../../format/corpus-manifest.ts';
import { bytesPerVector } from '../../format/corpus-vectors.ts';
import type { NamedCorpus } from '../../storage/corpus-store.ts';
import type { GraphqlContext } from '../context.ts';
import { orItemError, toItemError } from '../errors.ts';
import type { CorpusResolvers, ItemError, Modality, SearchPlan } from '../generated/resolvers.ts';
import { isOwnEncoder } from '../inputs/own-encoder.ts';
import type { QueryField } from './query-field.ts';

export const corpora: QueryField<'corpora'> = (_root, _args, context) => context.corpora.list();

const PLANS = { full: 'FULL', compact: 'COMPACT' } as const satisfies Record<CorpusPlan, SearchPlan>;
const MODALITIES = { image: 'IMAGE', text: 'TEXT' } as const satisfies Record<'image' | 'text', Modality>;

/** What a search by text or pixels would meet: first that they cannot be encoded for it, then that its record is not there. */
async function searchError(
  { name, manifest }: NamedCorpus,
  { encoders, corpora: { recordOf } }: GraphqlContext,
): Promise<ItemError | null> {
  const { encoder: made, dim } = manifest;
  const { info } = encoders();
  if (!isOwnEncoder({ ...made, dim }, info)) {
    const message =
      made.id === info.id
        ? `The vectors are of ${made.id} with fingerprint ${made.fingerprint} (${dim} numbers); this deployment runs fingerprint ${info.fingerprint} (${info.dim} numbers).`
        : `The vectors are of the encoder ${made.id}; this deployment runs ${info.id}.`;
    return toItemError(new AppError('ENCODER_MISMATCH', message));
  }
  return orItemError(() => recordOf({ name, manifest }).then(() => null));
}

export const Corpus: CorpusResolvers = {
  count: ({ manifest }) => corpusCount(manifest),
  selection: ({ manifest }) => manifest.selection,
  encoder: ({ manifest }) => manifest.encoder.id,
  encoderFingerprint: ({ manifest }) => manifest.encoder.fingerprint,
  dim: ({ manifest }) => manifest.dim,
  searchError: (corpus, _args, context) => searchError(corpus, context),
  modality: ({ manifest }) => MODALITIES[manifest.modality],
  plan: ({ manifest }) => PLANS[manifest.plan],
  bytesPerVector({ manifest }) {
    const { dim, columns } = scannedShape(manifest);
    return bytesPerVector(dim, columns);
  },
  rerank: ({ manifest }) => manifest.rerank,
  thumbnails: ({ manifest }) => manifest.thumbnails ?? 0,
  fields: ({ manifest }) => manifest.fields,
  createdAt: ({ manifest }) => manifest.createdAt,
  updatedAt: ({ manifest }) => manifest.updatedAt,
};
