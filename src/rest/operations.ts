import { AppError } from '../errors.ts';
import { type RequestTrace, countCode } from '../telemetry/request-trace.ts';
import { type AlignArguments, align } from '../use-cases/align.ts';
import { type ClassifyArguments, classify } from '../use-cases/classify.ts';
import {
  type ClipScoreArguments,
  type RefClipScoreArguments,
  scoreCaption,
  scoreCaptionByReferences,
} from '../use-cases/clip-score.ts';
import { corpusFacts, searchErrorOf } from '../use-cases/corpus.ts';
import { type NamePageArguments, namePage, readListed } from '../use-cases/name-pages.ts';
import { DEAR_PARTS, type ExplainArguments, explain } from '../use-cases/explain.ts';
import { toItemError } from '../use-cases/item-error.ts';
import {
  type RankImagesArguments,
  type RankTextsArguments,
  type Ranking,
  rankImages,
  rankTexts,
} from '../use-cases/rank.ts';
import type { NamedCorpus } from '../storage/corpus-store.ts';
import type { RequestScope } from '../use-cases/request-scope.ts';
import { type SearchArguments, search } from '../use-cases/search.ts';
import { selectionFacts } from '../use-cases/selection-facts.ts';
import type { Asked } from './operation.ts';
import type { Given } from './read-given.ts';

/** From a body to what it asks. `argumentsOf` has read the arguments by the schema's types, which is what the casts rest on. */
export type ReadAsked = (given: Given, trace: RequestTrace) => Asked<object>;

export const readAlign: ReadAsked = ({ argumentsOf }) => {
  const args = argumentsOf('align') as unknown as AlignArguments & Record<string, unknown>;
  return {
    name: 'align',
    fields: [['align', args]],
    images: [args.image],
    run: (scope) => align(args, scope),
  };
};

export const readClassify: ReadAsked = ({ argumentsOf }) => {
  const args = argumentsOf('classify') as unknown as ClassifyArguments & Record<string, unknown>;
  return {
    name: 'classify',
    fields: [['classify', args]],
    images: [args.image],
    run: (scope) => classify(args, scope),
  };
};

export const readExplain: ReadAsked = ({ argumentsOf }) => {
  const args = argumentsOf('explain') as unknown as ExplainArguments & Record<string, unknown>;
  return {
    name: 'explain',
    fields: [['explain', args]],
    images: [args.image],
    run: (scope) => explain(args, scope, DEAR_PARTS),
  };
};

export const readClipScore: ReadAsked = ({ argumentsOf }) => {
  const args = argumentsOf('clipScore') as unknown as ClipScoreArguments & Record<string, unknown>;
  return {
    name: 'clipScore',
    fields: [['clipScore', args]],
    images: [args.image],
    run: (scope) => scoreCaption(args, scope),
  };
};

export const readRefClipScore: ReadAsked = ({ argumentsOf }) => {
  const args = argumentsOf('refClipScore') as unknown as RefClipScoreArguments & Record<string, unknown>;
  return {
    name: 'refClipScore',
    fields: [['refClipScore', args]],
    images: [args.image],
    run: (scope) => scoreCaptionByReferences(args, scope),
  };
};

export const readRank: ReadAsked = (given, trace) => {
  const isOfTexts = given.names.has('texts');
  if (isOfTexts === given.names.has('images')) {
    const got = isOfTexts ? 'texts and images' : 'neither texts nor images';
    throw new AppError('BAD_INPUT', `Expected an image and texts, or a text and images; got ${got}.`);
  }
  return isOfTexts ? readRankTexts(given, trace) : readRankImages(given, trace);
};

const readRankTexts: ReadAsked = ({ argumentsOf }, trace) => {
  const args = argumentsOf('rankTexts') as unknown as RankTextsArguments & Record<string, unknown>;
  return {
    name: 'rankTexts',
    fields: [['rankTexts', args]],
    images: [args.image],
    run: async (scope) => withCounted(await rankTexts(args, scope), trace),
  };
};

const readRankImages: ReadAsked = ({ argumentsOf }, trace) => {
  const args = argumentsOf('rankImages') as unknown as RankImagesArguments & Record<string, unknown>;
  return {
    name: 'rankImages',
    fields: [['rankImages', args]],
    images: args.images,
    run: async (scope) => withCounted(await rankImages(args, scope), trace),
  };
};

/** Notes the errors that it tells item by item, as GraphQL does. */
function withCounted(ranking: Ranking, trace: RequestTrace): Ranking {
  for (const { error } of ranking.items) if (error !== null) countCode(trace, error.code);
  return ranking;
}

export const readSearch: ReadAsked = ({ argumentsOf }, trace) => {
  const args = argumentsOf('search') as unknown as SearchArguments & Record<string, unknown>;
  return {
    name: 'search',
    fields: [['search', args]],
    images: args.image == null ? [] : [args.image],
    run: (scope) => searchInFull(args, scope, trace),
  };
};

async function searchInFull(
  args: SearchArguments,
  scope: RequestScope,
  trace: RequestTrace,
): Promise<object> {
  const page = await search(args, scope);
  return { ...page, corpus: await inFull(page.corpus, scope, trace) };
}

export const readSelections: ReadAsked = ({ argumentsOf }) => {
  const args = argumentsOf('selectionPage') as unknown as NamePageArguments & Record<string, unknown>;
  return {
    name: 'selectionPage',
    fields: [['selectionPage', args]],
    images: [],
    async run({ selections, budget }) {
      const page = await namePage(args, selections);
      const nodes = await readListed(page.names, selections, budget);
      return { ...page, nodes: nodes.map((each) => selectionFacts(each, budget)) };
    },
  };
};

export const readCorpora: ReadAsked = ({ argumentsOf }, trace) => {
  const args = argumentsOf('corpusPage') as unknown as NamePageArguments & Record<string, unknown>;
  return {
    name: 'corpusPage',
    fields: [['corpusPage', args]],
    images: [],
    async run(scope) {
      const { listing } = scope.corpora;
      const page = await namePage(args, listing);
      const nodes = await readListed(page.names, listing, scope.budget);
      return { ...page, nodes: await Promise.all(nodes.map((each) => inFull(each, scope, trace))) };
    },
  };
};

/** A corpus with why it cannot be searched, which is counted. */
async function inFull(corpus: NamedCorpus, scope: RequestScope, trace: RequestTrace): Promise<object> {
  const error = await searchErrorOf(corpus, scope);
  if (error !== null) countCode(trace, error.code);
  return { name: corpus.name, ...corpusFacts(corpus), searchError: error && toItemError(error) };
}
