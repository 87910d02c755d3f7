import { corpusFacts, searchErrorOf } from '../../use-cases/corpus.ts';
import { toItemError } from '../errors.ts';
import { listFirst, namePage, readListed } from '../../use-cases/name-pages.ts';
import type { CorpusPageResolvers, CorpusResolvers } from '../generated/resolvers.ts';
import type { QueryField } from './query-field.ts';

export const corpora: QueryField<'corpora'> = (_root, _args, { corpora: { listing }, budget }) =>
  listFirst(listing, budget, { list: 'corpora', page: 'corpusPage' });

export const corpusPage: QueryField<'corpusPage'> = (_root, args, { corpora: { listing } }) =>
  namePage(args, listing);

export const CorpusPage: CorpusPageResolvers = {
  nodes: ({ names }, _args, { corpora: { listing }, budget }) => readListed(names, listing, budget),
};

export const Corpus: CorpusResolvers = {
  count: (corpus) => corpusFacts(corpus).count,
  selection: (corpus) => corpusFacts(corpus).selection,
  encoder: (corpus) => corpusFacts(corpus).encoder,
  encoderFingerprint: (corpus) => corpusFacts(corpus).encoderFingerprint,
  dim: (corpus) => corpusFacts(corpus).dim,
  async searchError(corpus, _args, context) {
    const error = await searchErrorOf(corpus, context);
    return error && toItemError(error);
  },
  modality: (corpus) => corpusFacts(corpus).modality,
  plan: (corpus) => corpusFacts(corpus).plan,
  engine: (corpus) => corpusFacts(corpus).engine,
  encoding: (corpus) => corpusFacts(corpus).encoding,
  bytesPerVector: (corpus) => corpusFacts(corpus).bytesPerVector,
  rerank: (corpus) => corpusFacts(corpus).rerank,
  thumbnails: (corpus) => corpusFacts(corpus).thumbnails,
  fields: (corpus) => corpusFacts(corpus).fields,
  createdAt: (corpus) => corpusFacts(corpus).createdAt,
  updatedAt: (corpus) => corpusFacts(corpus).updatedAt,
};
