import { decide } from '../../core/calibration/calibration.ts';
import type { Modality } from '../../core/scoring/selection-model.ts';
import { AppError } from '../../errors.ts';
import type { SelectionRecord } from '../../format/selection-record.ts';
import { type CorpusHit, type CorpusHits, ranksByCosine } from '../../search/corpus-search.ts';
import type { NamedCorpus } from '../../storage/corpus-store.ts';
import type { GraphqlContext } from '../context.ts';
import type { QuerySearchArgs, ResolversTypes, SearchEdge } from '../generated/resolvers.ts';
import { thumbnailPath } from '../../rest/thumbnail.ts';
import { LIMITS } from '../limits.ts';
import type { EmbeddingTarget } from '../inputs/own-encoder.ts';
import { assertFiniteScore, readBaseRate } from '../pair-scores.ts';
import {
  type Page,
  assertSearchLimits,
  cursorOf,
  readFilters,
  readMinProbability,
  readPage,
  readRerank,
} from '../search-arguments.ts';
import { provenanceOf } from '../provenance.ts';
import type { QueryField } from './query-field.ts';

export const search: QueryField<'search'> = async (_root, args, context) => {
  context.budget.spend('searches', 1);
  const baseRate = readBaseRate(args.baseRate);
  const minProbability = readMinProbability(args.minProbability);
  const modality = modalityOf(args);
  assertSearchLimits(args);
  const corpus = await context.corpora.read(args.corpus);
  const { manifest } = corpus;
  const page = readPage(args, manifest);
  const filters = readFilters(args.filter, manifest.fields);
  const rerank = readRerank(args.rerank, manifest);
  const record = await context.corpora.recordOf(corpus);
  const embedding = await embeddingOf(args, context, { ...manifest.encoder, dim: manifest.dim });
  const found = await context.corpora.search({
    manifest,
    model: record.model,
    embedding,
    modality,
    baseRate,
    minProbability,
    filters,
    // One more than the page has, to know whether there is a next one.
    depth: page.start + page.first + 1,
    rerank,
  });
  const edges = await Promise.all(
    found.hits
      .slice(page.start, page.start + page.first)
      .map((hit, i) => toEdge(hit, page.start + i, corpus, record, context)),
  );
  return toConnection(corpus, record, { found, edges, page, modality });
};

/** @throws AppError BAD_INPUT unless exactly one of text and image is given */
function modalityOf({ text, image }: QuerySearchArgs): Modality {
  if ((text == null) === (image == null)) {
    throw new AppError(
      'BAD_INPUT',
      `Expected either text or image to search by, got ${text == null ? 'neither' : 'both'}.`,
    );
  }
  return text == null ? 'image' : 'text';
}

async function embeddingOf(
  { text, image }: QuerySearchArgs,
  { embeddings }: GraphqlContext,
  target: EmbeddingTarget,
): Promise<Float32Array> {
  if (text != null) return embeddings.text(text, target);
  if (image != null) return embeddings.image(image, target);
  throw new Error('a search without a query passed the check');
}

async function toEdge(
  { segment, index, score, cosine, probability }: CorpusHit,
  place: number,
  { name, manifest }: NamedCorpus,
  { model }: SelectionRecord,
  { corpora }: GraphqlContext,
): Promise<SearchEdge> {
  assertFiniteScore(manifest.selection, score);
  const { id, metadata, thumbnail } = await corpora.item(segment, index);
  return {
    __typename: 'SearchEdge',
    cursor: cursorOf(place, manifest),
    id,
    score,
    cosine,
    probability,
    decision: decide(model.calibrator, probability),
    metadata,
    thumbnail: thumbnail === undefined ? null : thumbnailPath(name, thumbnail),
  };
}

function toConnection(
  corpus: NamedCorpus,
  record: SelectionRecord,
  result: {
    readonly found: CorpusHits;
    readonly edges: readonly SearchEdge[];
    readonly page: Page;
    readonly modality: Modality;
  },
): Awaited<ResolversTypes['SearchConnection']> {
  const { found, edges, page, modality } = result;
  return {
    __typename: 'SearchConnection',
    edges,
    pageInfo: {
      __typename: 'PageInfo',
      // The last page that can be asked for has no next one, however many results there are.
      hasNextPage:
        found.hits.length > page.start + page.first && page.start + page.first < LIMITS.searchDepth,
      hasPreviousPage: page.start > 0,
      startCursor: edges.at(0)?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
    corpus,
    complete: found.isComplete,
    calibrated: modality !== corpus.manifest.modality,
    rankedBy: ranksByCosine(record.model) ? 'COSINE' : 'SCORE',
    average: found.average,
    scanned: found.scanned,
    reranked: found.reranked,
    provenance: provenanceOf({ id: corpus.manifest.selection, isCanary: null, record }),
  };
}
