import { type DecisionThresholds, decide, thresholdsAt } from '../core/calibration/decisions.ts';
import { type DomainAnswer, decideWithin, domainAnswer } from '../core/calibration/domain.ts';
import type { Decision, Modality } from '../core/scoring/selection-model.ts';
import { AppError } from '../errors.ts';
import type { SelectionRecord } from '../format/selection-record.ts';
import { type CorpusHit, type CorpusHits, ranksByCosine } from '../search/corpus-search.ts';
import type { NamedCorpus } from '../storage/corpus-store.ts';
import type { ImageInput, TextInput } from './inputs/given.ts';
import type { EmbeddingTarget } from './inputs/own-encoder.ts';
import { type AnyMatchAnswer, UNKNOWN_MATCH } from '../core/calibration/any-match.ts';
import { projectEmbedding } from '../core/scoring/scoring.ts';
import { MOST_RELEVANT, anyMatchOf } from './any-match.ts';
import { assertFiniteScore, readBaseRate, shareOf } from './pair-scores.ts';
import {
  type CorpusFilter,
  type Page,
  assertSearchLimits,
  cursorOf,
  readFilters,
  readMinProbability,
  readPage,
  readRerank,
  searchDepthOf,
} from './search-arguments.ts';
import { type Provenance, provenanceOf } from './provenance.ts';
import type { RequestScope } from './request-scope.ts';

export interface SearchArguments {
  readonly corpus: string;
  readonly text?: TextInput | null;
  readonly image?: ImageInput | null;
  readonly first: number;
  readonly after?: string | null;
  readonly rerank?: number | null;
  readonly minProbability?: number | null;
  readonly filter?: readonly CorpusFilter[] | null;
  readonly baseRate?: number | null;
}

/** As `SearchEdge` of schema.graphql. */
export interface SearchEdge {
  readonly cursor: string;
  readonly id: string;
  readonly score: number;
  readonly cosine: number | null;
  readonly probability: number;
  readonly decision: Decision;
  readonly metadata: string | null;
  /** Where it is served, as a path from the API's root. */
  readonly thumbnail: string | null;
}

/** As `SearchConnection` of schema.graphql, with the corpus as it is stored. */
export interface SearchPage {
  readonly edges: readonly SearchEdge[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
  readonly anyMatch: number | null;
  readonly relevantCount: number | null;
  /** Of the query. */
  readonly domain: DomainAnswer;
  readonly corpus: NamedCorpus;
  readonly complete: boolean;
  readonly calibrated: boolean;
  readonly rankedBy: 'COSINE' | 'SCORE';
  readonly average: number | null;
  readonly scanned: number;
  readonly reranked: number;
  readonly provenance: Provenance;
}

/** One page of what fits best in a corpus. @throws AppError, as `search` of schema.graphql tells */
export async function search(args: SearchArguments, context: RequestScope): Promise<SearchPage> {
  context.budget.spend('searches', 1);
  const baseRate = readBaseRate(args.baseRate);
  const minProbability = readMinProbability(args.minProbability);
  const modality = modalityOf(args);
  assertSearchLimits(args);
  const corpus = await context.corpora.read(args.corpus);
  const { manifest } = corpus;
  const missing = context.corpora.missingEngine(corpus);
  if (missing !== null) throw missing; // before anything is encoded for it
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
    // One more than the page has, to know whether there is a next one; and as many as it takes to tell where relevance ends.
    depth: Math.max(page.start + page.first + 1, record.anyMatch?.[modality] ? MOST_RELEVANT : 0),
    rerank,
  });
  const thresholds = thresholdsAt(record.model.calibrator, baseRate);
  const domain = domainOf(record, modality, embedding);
  const edges = await Promise.all(
    found.hits
      .slice(page.start, page.start + page.first)
      .map((hit, i) => toEdge(hit, page.start + i, { corpus, thresholds, domain }, context)),
  );
  return toPage(corpus, record, {
    found,
    edges,
    page,
    modality,
    domain,
    // What is less probable than asked for is not there to hold the best against.
    match: minProbability === null ? matchOf(corpus, record, { found, modality, embedding }) : UNKNOWN_MATCH,
  });
}

/** The calibration knows queries of one modality among vectors of the other. */
function matchOf(
  { manifest }: NamedCorpus,
  record: SelectionRecord,
  {
    found,
    modality,
    embedding,
  }: { readonly found: CorpusHits; readonly modality: Modality; readonly embedding: Float32Array },
): AnyMatchAnswer {
  if (modality === manifest.modality || !found.isComplete || !found.isCounted) return UNKNOWN_MATCH;
  if (record.anyMatch?.[modality] == null) return UNKNOWN_MATCH;
  return anyMatchOf(record, {
    modality,
    projected: projectEmbedding(record.model, modality, embedding),
    scores: found.hits.map(({ score }) => score),
    count: found.scanned,
  });
}

/** Of a query; what a corpus holds has no vectors at hand. */
function domainOf({ domain }: SelectionRecord, modality: Modality, embedding: Float32Array): DomainAnswer {
  const share = shareOf(domain?.[modality], embedding);
  return modality === 'image' ? domainAnswer(share, null) : domainAnswer(null, share);
}

/** Where the thumbnail of a result is served, from the root of the API. @param id as `isThumbnailId` */
export function thumbnailPath(corpus: string, id: string): string {
  return `/corpora/${corpus}/thumbnails/${id}`;
}

/** @throws AppError BAD_INPUT unless exactly one of text and image is given */
function modalityOf({ text, image }: SearchArguments): Modality {
  if ((text == null) === (image == null)) {
    throw new AppError(
      'BAD_INPUT',
      `Expected either text or image to search by, got ${text == null ? 'neither' : 'both'}.`,
    );
  }
  return text == null ? 'image' : 'text';
}

async function embeddingOf(
  { text, image }: SearchArguments,
  { embeddings }: RequestScope,
  target: EmbeddingTarget,
): Promise<Float32Array> {
  if (text != null) return embeddings.text(text, target);
  if (image != null) return embeddings.image(image, target);
  throw new Error('a search without a query passed the check');
}

async function toEdge(
  { segment, index, score, cosine, probability }: CorpusHit,
  place: number,
  {
    corpus: { name, manifest },
    thresholds,
    domain,
  }: { readonly corpus: NamedCorpus; readonly thresholds: DecisionThresholds; readonly domain: DomainAnswer },
  { corpora }: RequestScope,
): Promise<SearchEdge> {
  assertFiniteScore(manifest.selection, score);
  const { id, metadata, thumbnail } = await corpora.item(segment, index);
  return {
    cursor: cursorOf(place, manifest),
    id,
    score,
    cosine,
    probability,
    decision: decideWithin(domain, decide(thresholds, probability)),
    metadata,
    thumbnail: thumbnail === undefined ? null : thumbnailPath(name, thumbnail),
  };
}

function toPage(
  corpus: NamedCorpus,
  record: SelectionRecord,
  result: {
    readonly found: CorpusHits;
    readonly edges: readonly SearchEdge[];
    readonly page: Page;
    readonly modality: Modality;
    readonly domain: DomainAnswer;
    readonly match: AnyMatchAnswer;
  },
): SearchPage {
  const { found, edges, page, modality, domain, match } = result;
  return {
    edges,
    pageInfo: {
      // The last page that can be asked for has no next one, however many results there are.
      hasNextPage:
        found.hits.length > page.start + page.first &&
        page.start + page.first < searchDepthOf(corpus.manifest),
      hasPreviousPage: page.start > 0,
      startCursor: edges.at(0)?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
    ...match,
    domain,
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
