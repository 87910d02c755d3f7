import { createRequestDeadline } from '../clip/request-deadline.ts';
import { AppError, whatThereIs, quote } from '../errors.ts';
import type { CoordinateMeanings } from '../format/coordinate-meanings.ts';
import { engineKindOf } from '../format/corpus-engine.ts';
import type { CorpusItem } from '../format/corpus-items.ts';
import type { CorpusSegment } from '../format/corpus-manifest.ts';
import type { SelectionRecord } from '../format/selection-record.ts';
import { missingEngine } from '../search/bound-engines.ts';
import type { CorpusHits, CorpusSearch } from '../search/corpus-search.ts';
import type { NamedCorpus } from '../storage/corpus-store.ts';
import { type EmbeddingCache, embeddingsOf } from '../storage/embedding-cache.ts';
import type { Names } from '../storage/name-list.ts';
import type { ListedSelection, PublishedSelection } from '../storage/selection-store.ts';
import { type Sight, isInSight } from '../storage/sight.ts';
import { traceOf } from '../telemetry/request-trace.ts';
import { type EmbeddingSource, createEmbeddingSource } from './inputs/embedding-source.ts';
import { type RequestBudget, createBudget } from './limits.ts';
import type { Listing } from './name-pages.ts';
import { createPendingWork } from './pending-work.ts';
import { embeddingWorkOf, tellRecord } from './server-timing.ts';
import { type Encoders, servicesOf } from './services.ts';
import { noteCut, noteLeftOut } from './warnings.ts';

/** What a use case works with, made anew for every request: what is asked for twice in a request is read and encoded once. */
export interface RequestScope {
  readonly budget: RequestBudget;
  readonly embeddings: EmbeddingSource;
  /** @throws AppError when the deployment's configuration of the encoder is not valid */
  readonly encoders: () => Encoders;
  /** Width x height of one image at most. @throws AppError as `encoders` */
  readonly maxPixels: () => number;
  /** What one request's images may cost, in pixel passes. @throws AppError as `encoders` */
  readonly maxPixelPasses: () => number;
  /** @throws AppError SELECTION_NOT_FOUND, STORAGE_FAILED */
  readonly selection: (name: string) => Promise<PublishedSelection>;
  /** Null when there is no such name. @throws AppError STORAGE_FAILED */
  readonly findSelection: (name: string) => Promise<PublishedSelection | null>;
  /** What a record's coordinates stand for; null where that is not published. @throws AppError STORAGE_FAILED */
  readonly meaningsOf: (selection: PublishedSelection) => Promise<CoordinateMeanings | null>;
  readonly selections: Listing<ListedSelection>;
  readonly corpora: RequestCorpora;
}

/** Corpora as one request sees them. */
export interface RequestCorpora {
  readonly listing: Listing<NamedCorpus>;
  /** @throws AppError CORPUS_NOT_FOUND, STORAGE_FAILED */
  readonly read: (name: string) => Promise<NamedCorpus>;
  /** Why this deployment cannot ask the engine of a corpus; null where it can. */
  readonly missingEngine: (corpus: NamedCorpus) => AppError | null;
  /** The record that a corpus is packed for. @throws AppError STORAGE_FAILED */
  readonly recordOf: (corpus: NamedCorpus) => Promise<SelectionRecord>;
  /** @throws AppError STORAGE_FAILED, INTERNAL when the deployment's variable is wrong */
  readonly search: (search: CorpusSearch) => Promise<CorpusHits>;
  /** The item of the segment's vector at `index`. @throws AppError STORAGE_FAILED */
  readonly item: (segment: CorpusSegment, index: number) => Promise<CorpusItem>;
}

/** What a request came with. */
export interface RequestOrigin {
  readonly env: Env;
  readonly ctx: Pick<ExecutionContext, 'waitUntil'>;
  /** By what a canary tells callers apart. */
  readonly askedBy: string;
  /** Which names there are for who asks: no other is read, listed or told of. */
  readonly sight: Sight;
}

/** @param request what is noted of it goes into its trace, its `Server-Timing` and its warnings */
export function createRequestScope(
  { env, ctx, askedBy, sight }: RequestOrigin,
  request: Request,
): RequestScope {
  const services = servicesOf(env);
  const budget = createBudget();
  const pending = createPendingWork();
  const trace = traceOf(request);
  const waitUntil = (work: Promise<unknown>): void => ctx.waitUntil(work);
  const reads = new Map<string, Promise<PublishedSelection | null>>();

  // One read a name and request: all aliases of a request see the same record, even while a publish goes on.
  const findSelection = (name: string): Promise<PublishedSelection | null> => {
    const known = reads.get(name);
    if (known) return known;
    budget.spend('selections', 1);
    const read = readSelection(name);
    reads.set(name, read);
    return read;
  };
  const readSelection = (name: string): Promise<PublishedSelection | null> => {
    if (!isInSight(name, sight)) return Promise.resolve(null);
    // Nearly always: a request waits for nothing then.
    const atHand = services.selections.atHand(name, askedBy);
    if (atHand) return Promise.resolve(tellRecord(request, atHand));
    const read = pending.track(services.selections.read(name, waitUntil, askedBy));
    return read.then((found) => found && tellRecord(request, found));
  };

  // Of very many names each prefix is listed by itself, up to thirty calls of KV: a request may make a thousand.
  const prefixes = new Set<string>();
  const spendPrefix = (what: 'selections' | 'corpora', prefix: string): void => {
    const key = `${what} ${prefix}`;
    if (prefix === '' || prefixes.has(key)) return;
    budget.spend('prefixes', 1);
    prefixes.add(key);
  };

  return {
    budget,
    embeddings: createEmbeddingSource({
      encoders: services.encoders,
      maxPixels: services.maxPixels,
      maxPixelPasses: services.maxPixelPasses,
      imageHosts: services.imageHosts,
      cache: () => ownCache(services.embeddingCache(), sight),
      budget,
      pending,
      work: () => embeddingWorkOf(request),
      ownHost: () => hostOf(request.url),
      waitUntil,
      deadline: createRequestDeadline(),
    }),
    encoders: services.encoders,
    maxPixels: services.maxPixels,
    maxPixelPasses: services.maxPixelPasses,
    findSelection,
    async selection(name) {
      const found = await findSelection(name);
      if (found) {
        trace?.records.add(found.id);
        return found;
      }
      const others = await othersThan(() => services.selections.names(sight, '', waitUntil));
      throw new AppError('SELECTION_NOT_FOUND', `No selection is published as ${quote(name)}.${others}`);
    },
    meaningsOf: ({ id, record }) => services.meanings.read(id, record.model.k, waitUntil),
    selections: {
      names: async (prefix) => {
        spendPrefix('selections', prefix);
        return services.selections.names(sight, prefix, waitUntil);
      },
      read: (names) => services.selections.list(names, waitUntil, askedBy),
      leaveOut: noteLeftOut(request, 'selection'),
      warn: noteCut(request),
    },
    corpora: {
      listing: {
        names: async (prefix) => {
          spendPrefix('corpora', prefix);
          return services.corpora.names(sight, prefix, waitUntil);
        },
        read: (names) => services.corpora.list(names, waitUntil),
        leaveOut: noteLeftOut(request, 'corpus'),
        warn: noteCut(request),
      },
      async read(name) {
        const found = isInSight(name, sight)
          ? await pending.track(services.corpora.read(name, waitUntil))
          : null;
        if (found) return found;
        const others = await othersThan(() => services.corpora.names(sight, '', waitUntil));
        throw new AppError('CORPUS_NOT_FOUND', `No corpus is indexed as ${quote(name)}.${others}`);
      },
      missingEngine: ({ manifest }) => missingEngine(env, engineKindOf(manifest)),
      async recordOf({ name, manifest }) {
        const record = await pending.track(services.selections.record(manifest.selection));
        if (record) {
          trace?.records.add(manifest.selection);
          return record;
        }
        throw new AppError(
          'STORAGE_FAILED',
          `Corpus "${name}" is packed for record ${manifest.selection}, which is not here yet; try again.`,
        );
      },
      search: (search) => services.searcher()(search, waitUntil),
      item: (segment, index) => services.corpora.item(segment, index, waitUntil),
    },
  };
}

function ownCache(cache: EmbeddingCache | null, sight: Sight): EmbeddingCache | null {
  return cache === null || sight === 'all' || sight.owner === null ? cache : embeddingsOf(sight.owner, cache);
}

/** What there is. Whoever reads a selection or a corpus may list them: both need the scope `read`. */
async function othersThan(find: () => Promise<Names>): Promise<string> {
  try {
    const { names } = await find();
    return ` ${whatThereIs(names)}`;
  } catch (error) {
    // That the name is not there is known all the same.
    if (error instanceof AppError) return '';
    throw error;
  }
}

let lastUrl = '';
let lastHost = '';

/** An isolate answers at one URL nearly always, and parsing that takes a tenth of what a short answer costs. */
function hostOf(url: string): string {
  if (url !== lastUrl) {
    lastHost = new URL(url).host;
    lastUrl = url;
  }
  return lastHost;
}
