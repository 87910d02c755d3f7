import type { CorpusPlan } from '../../format/corpus-manifest.ts';
import { corpusCount, scannedShape } from '../../format/corpus-manifest.ts';
import { bytesPerVector } from '../../format/corpus-vectors.ts';
import type { CorpusResolvers, Modality, SearchPlan } from '../generated/resolvers.ts';
import type { QueryField } from './query-field.ts';

export const corpora: QueryField<'corpora'> = (_root, _args, context) => context.corpora.list();

const PLANS = { full: 'FULL', compact: 'COMPACT' } as const satisfies Record<CorpusPlan, SearchPlan>;
const MODALITIES = { image: 'IMAGE', text: 'TEXT' } as const satisfies Record<'image' | 'text', Modality>;

export const Corpus: CorpusResolvers = {
  count: ({ manifest }) => corpusCount(manifest),
  selection: ({ manifest }) => manifest.selection,
  encoder: ({ manifest }) => manifest.encoder.id,
  modality: ({ manifest }) => MODALITIES[manifest.modality],
  plan: ({ manifest }) => PLANS[manifest.plan],
  bytesPerVector({ manifest }) {
    const { dim, columns } = scannedShape(manifest);
    return bytesPerVector(dim, columns);
  },
  rerank: ({ manifest }) => manifest.rerank,
  fields: ({ manifest }) => manifest.fields,
  createdAt: ({ manifest }) => manifest.createdAt,
  updatedAt: ({ manifest }) => manifest.updatedAt,
};
