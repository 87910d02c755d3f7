import { mkdirSync, writeFileSync } from 'node:fs';
import { bytesPerVector } from '../src/format/corpus-vectors.ts';
import { type Fit, fitAll } from './compact-fits.ts';
import { type BenchRow, limitRow, spreadOf } from './measure.ts';
import type { RecallPoint, Truth } from './recall-curve.ts';
import {
  codedImages,
  compactRows,
  deviationOf,
  DEPTH,
  findTruth,
  meanOf,
  compactImages,
  recallCurve,
  roundingRecalls,
  SHORTLISTS,
  shortlists,
} from './recall-curve.ts';
import { MOST_MISSED, missedRow, TARGET_RECALL } from './recall-rows.ts';
import type { SearchCorpus } from './search-corpus.ts';
import { loadSearchCorpus } from './search-corpus.ts';
import { measureGrowth, measureReads, timeOrder } from './search-reads.ts';
import { bestRows, shareFound } from './shortlist.ts';

const SEED = 0;
const QUERY_COUNTS = { text: 600, image: 200 };
const KS = [8, 16, 24, 32, 48, 64, 128];
/** What a million vectors in an isolate leave room for: 64 coordinates and a scale. */
const PLAN_BYTES = 68;
/** Sizes at which int8 and codes are compared. */
const EQUAL_BYTES = [32, 64, 128];
/** Where the whole curves go: `bench/search-recall-plot.ts` draws them. */
const OUT = new URL('../out/', import.meta.url);

type Tell = (line: string) => void;

/** A compact code of `bytes` a vector, and how many of its best are scored again. */
interface Plan {
  readonly strategy: string;
  readonly k: number;
  readonly bytes: number;
  readonly reranked: number;
}

/** What is lost of the exact ten best by int8, by fewer coordinates, by a short list and by a bound on reads. */
export async function benchSearchRecall(tell: Tell): Promise<BenchRow[]> {
  const corpus = await loadSearchCorpus(QUERY_COUNTS, SEED, tell);
  tell(`search-recall: ${corpus.count} pictures of ${corpus.dim} coordinates from ${corpus.source}`);
  const truths = corpus.queries.map((queries) => findTruth(corpus, queries));
  const fits = fitAll(corpus, SEED);
  const points = fits.flatMap((fit) => curvesOf(corpus, fit, truths, tell));
  writeOut('search-recall.csv', curveCsv(points, corpus.count));
  tell(`search-recall: all ${points.length} points in out/search-recall.csv`);
  const plan = choosePlan(points);
  return [
    ...truths.map((truth) =>
      missedRow(
        `search, full int8 (${bytesPerVector(corpus.dim, 2)} bytes), ${truth.queries.modality} queries`,
        fullRecalls(truth),
        MOST_MISSED,
      ),
    ),
    ...fits.flatMap((fit) => roundingRow(corpus, fit)),
    ...fits.flatMap((fit) => truths.flatMap((truth) => rowsAtBytes(corpus, fit, truth))),
    ...needRows(points),
    ...(plan === null ? [] : planRows(corpus, plan, fits, truths, points)),
  ];
}

function curvesOf(corpus: SearchCorpus, fit: Fit, truths: readonly Truth[], tell: Tell): RecallPoint[] {
  tell(`search-recall: ${fit.name}`);
  return [...KS.filter((k) => k < corpus.dim), corpus.dim].flatMap((k) => {
    const model = fit.modelOf(k);
    const images = compactImages(model, corpus);
    return truths.flatMap((truth) => {
      const rows = compactRows(truth.queries, model, images);
      return recallCurve(
        fit.name,
        k,
        shortlists(rows, truth.queries, mostReranked(corpus)),
        truth,
        corpus.groups,
      );
    });
  });
}

function mostReranked({ count }: SearchCorpus): number {
  return Math.min(count, SHORTLISTS[SHORTLISTS.length - 1]);
}

function fullRecalls({ queries, best, fullScores }: Truth): Float64Array {
  return Float64Array.from(best, (wanted, query) =>
    shareFound(bestRows(fullScores[query], DEPTH, queries.self[query]), wanted),
  );
}

/** Against the selection's own float32 score, of the centred fits that precompute makes. */
function roundingRow(corpus: SearchCorpus, { name, modelOf }: Fit): BenchRow[] {
  if (!['cross-covariance', 'pca', 'mutual-information'].includes(name)) return [];
  const recalls = roundingRecalls(corpus, corpus.queries[0], modelOf(PLAN_BYTES - 4));
  return [missedRow(`search, ${name}, ${PLAN_BYTES} bytes, against its own float32 score`, recalls, null)];
}

/** What a scan alone misses at equal bytes, as int8, int4 and signs: of as many coordinates as they hold, or as there are. */
function rowsAtBytes(corpus: SearchCorpus, { name, modelOf }: Fit, { queries, best }: Truth): BenchRow[] {
  return EQUAL_BYTES.flatMap((bytes) =>
    ([8, 4, 1] as const).flatMap((bits) => {
      const held = bits === 8 ? bytes - 4 : (8 * bytes) / bits;
      if (held > corpus.dim) return [];
      const model = modelOf(held);
      const images = bits === 8 ? compactImages(model, corpus) : codedImages(model, corpus, bits);
      const found = shortlists(compactRows(queries, model, images), queries, DEPTH);
      const recalls = Float64Array.from(found, (rows, query) => shareFound(rows, best[query]));
      const form = { 8: 'int8', 4: 'int4', 1: 'signs' }[bits];
      return missedRow(
        `search, ${name}, ${bytes} bytes of ${form}, ${queries.modality} queries`,
        recalls,
        null,
      );
    }),
  );
}

/** Every other query decides on a plan, the others say what it reaches. */
function everyOther(recalls: Float64Array, first: 0 | 1): Float64Array {
  return recalls.filter((_, query) => query % 2 === first);
}

/** Of what fits the bytes and reaches the target with texts, the one with the fewest candidates, then bytes. */
function choosePlan(points: readonly RecallPoint[]): Plan | null {
  const reaching = points.filter(
    ({ queries, bytes, recalls }) =>
      queries === 'text' && bytes <= PLAN_BYTES && meanOf(everyOther(recalls, 0)) >= TARGET_RECALL,
  );
  return reaching.toSorted((a, b) => a.reranked - b.reranked || a.bytes - b.bytes).at(0) ?? null;
}

/** What each strategy needs to reach the target: bytes without re-ranking, and candidates at the plan's bytes. */
function needRows(points: readonly RecallPoint[]): BenchRow[] {
  const reaching = points.filter(
    ({ queries, recalls }) => queries === 'text' && meanOf(recalls) >= TARGET_RECALL,
  );
  const goal = `${100 * TARGET_RECALL}% of the exact ${DEPTH}`;
  return [...new Set(points.map(({ strategy }) => strategy))].flatMap((strategy) => {
    const own = reaching.filter((point) => point.strategy === strategy);
    const bytes = own.find(({ reranked }) => reranked === 0)?.bytes;
    const candidates = own.find((point) => point.bytes === PLAN_BYTES)?.reranked;
    return [
      ...needRow(`search, ${strategy}, no re-rank: bytes a vector for ${goal}`, 'bytes', bytes),
      ...needRow(
        `search, ${strategy}, ${PLAN_BYTES} bytes: candidates for ${goal}`,
        'candidates',
        candidates,
      ),
    ];
  });
}

function needRow(name: string, metric: 'bytes' | 'candidates', need: number | undefined): BenchRow[] {
  return need === undefined
    ? []
    : [limitRow(name, metric, metric === 'bytes' ? 'bytes' : 'vectors', spreadOf([need]), null)];
}

function planRows(
  corpus: SearchCorpus,
  plan: Plan,
  fits: readonly Fit[],
  truths: readonly Truth[],
  points: readonly RecallPoint[],
): BenchRow[] {
  const fit = fits.find(({ name }) => name === plan.strategy);
  if (fit === undefined) throw new Error(`expected a fit named ${plan.strategy}, got none`);
  const name = `search, ${plan.strategy}, ${plan.bytes} bytes and ${plan.reranked} re-ranked`;
  const ofPlan = ({ strategy, k, reranked }: RecallPoint): boolean =>
    strategy === plan.strategy && k === plan.k && reranked === plan.reranked;
  return [
    ...points
      .filter(ofPlan)
      .map(({ queries, recalls }) =>
        missedRow(`${name}, ${queries} queries`, everyOther(recalls, 1), MOST_MISSED),
      ),
    ...readRows(
      corpus,
      [...new Set([fit, ...fits.filter((other) => other.name === 'pca')])],
      plan.k,
      truths[0],
    ),
    ...[plan.k / 2, plan.k].flatMap((k) => measureGrowth(corpus, fit.modelOf(k), plan.strategy)),
    ...timeOrder(corpus),
  ];
}

/** Of the plan, and of the centred map that is precompute's default. */
function readRows(corpus: SearchCorpus, fits: readonly Fit[], k: number, truth: Truth): BenchRow[] {
  const { rows, csv } = measureReads(corpus, fits, k, truth);
  writeOut('search-reads.csv', csv);
  return rows;
}

function curveCsv(points: readonly RecallPoint[], count: number): string {
  const lines = points.map(({ queries, strategy, k, bytes, reranked, recalls, hits }) =>
    [
      queries,
      strategy,
      k,
      bytes,
      reranked,
      (reranked / count).toFixed(5),
      meanOf(recalls).toFixed(4),
      deviationOf(recalls).toFixed(4),
      meanOf(hits).toFixed(4),
    ].join(','),
  );
  return `queries,strategy,k,bytes,reranked,share,recall,sd,hits\n${lines.join('\n')}\n`;
}

function writeOut(name: string, text: string): void {
  mkdirSync(OUT, { recursive: true });
  writeFileSync(new URL(name, OUT), text);
}
