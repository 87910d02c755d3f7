import type { BenchRow } from './measure.ts';
import { alignColumns } from './table.ts';

type Tell = (line: string) => void;
export type Bench = (tell: Tell) => BenchRow[] | Promise<BenchRow[]>;

/** A benchmark that `npm run bench` knows. */
export interface BenchEntry {
  /** Its module is loaded when its turn comes. */
  readonly load: () => Promise<Bench>;
  /** What it measures, in a few words. */
  readonly shows: string;
  /** About how long it takes on two cores that do nothing else. */
  readonly seconds: number;
  /** Left out of a run of all, which is to end within half an hour. */
  readonly byNameOnly?: true;
}

export const BENCHES: Readonly<Record<string, BenchEntry>> = {
  'selection-tabular': {
    load: async () => (await import('./selection-tabular.ts')).benchTabular,
    shows: 'mutual information, F, chi-square and variance against scikit-learn',
    seconds: 70,
  },
  'selection-linear': {
    load: async () => (await import('./selection-linear.ts')).benchLinear,
    shows: 'PCA and cross-covariance against scikit-learn and numpy',
    seconds: 15,
  },
  'selection-logistic': {
    load: async () => (await import('./selection-logistic.ts')).benchLogistic,
    shows: 'L1 logistic regression and recursive elimination against scikit-learn',
    seconds: 45,
  },
  'selection-forest': {
    load: async () => (await import('./selection-forest.ts')).benchForest,
    shows: 'a forest of 100 trees against scikit-learn',
    seconds: 100,
  },
  'selection-threads': {
    load: async () => (await import('./selection-threads.ts')).benchThreads,
    shows: 'mutual information and the forest on two threads against one',
    seconds: 40,
  },
  evaluation: {
    load: async () => (await import('./evaluation.ts')).benchEvaluation,
    shows: 'recall both ways against numpy, by pairs to 30,000; compare of 10,000',
    seconds: 60,
  },
  'calibration-coverage': {
    load: async () => (await import('./calibration-coverage.ts')).benchCoverage,
    shows: 'how often 95% intervals of a probability miss, by scores and shape',
    seconds: 150,
    byNameOnly: true,
  },
  'calibration-decisions': {
    load: async () => (await import('./calibration-decisions.ts')).benchDecisions,
    shows: 'what calls of MATCH are worth where matches are rare, on held-out pairs',
    seconds: 120,
    byNameOnly: true,
  },
  growth: {
    load: async () => (await import('./growth.ts')).benchGrowth,
    shows: 'a matrix of scores by its size, a score by k',
    seconds: 10,
  },
  streaming: {
    load: async () => (await import('./streaming.ts')).benchStreaming,
    shows: 'six statistics over a million pairs in shards; writes 4 GB of temporary files',
    seconds: 100,
  },
  'precompute-million': {
    load: async () => (await import('./precompute-million.ts')).benchPrecomputeMillion,
    shows:
      'memory and CPU of precompute and index with a million pairs; ALIGNQL_BENCH_PAIRS of them; 5 GB of files',
    seconds: 900,
    byNameOnly: true,
  },
  pipeline: {
    load: async () => (await import('./pipeline.ts')).benchPipeline,
    shows: 'made pictures through the local pipeline, from R2 to the corpus; PIPELINE_PICTURES of them',
    seconds: 90,
    byNameOnly: true,
  },
  'isolate-memory': {
    load: async () => (await import('./isolate-memory.ts')).benchIsolateMemory,
    shows: "memory of the pipeline's tasks and steps, against the count that refuses requests",
    seconds: 120,
    byNameOnly: true,
  },
  consumers: {
    load: async () => (await import('./consumers.ts')).benchConsumers,
    shows: 'pairs a second of one to four consumers of the pipeline, by encoder',
    seconds: 200,
    byNameOnly: true,
  },
  'search-scan': {
    load: async () => (await import('./search-scan.ts')).benchSearchScan,
    shows: 'exact search of int8 vectors against plain TypeScript and usearch',
    seconds: 15,
  },
  tenants: {
    load: async () => (await import('./tenants.ts')).benchTenants,
    shows: 'a hundred selections and a thousand corpora: cold reads, rotation, lists',
    seconds: 40,
    byNameOnly: true,
  },
  'search-memory': {
    load: async () => (await import('./search-memory.ts')).benchSearchMemory,
    shows: 'memory of workerd with a million vectors',
    seconds: 5,
  },
  'search-request': {
    load: async () => (await import('./search-request.ts')).benchSearchRequest,
    shows: 'search through the whole Worker: CPU, first search, memory',
    seconds: 60,
  },
  'search-recall': {
    load: async () => (await import('./search-recall.ts')).benchSearchRecall,
    shows: 'what int8, fewer coordinates and a short list lose of the ten best',
    seconds: 180,
  },
  'search-engines': {
    load: async () => (await import('./search-engines.ts')).benchSearchEngines,
    shows: 'the engines of corpora over 23,000 real embeddings, and PostgreSQL by size up to 100,000',
    seconds: 900,
    byNameOnly: true,
  },
  'engine-kills': {
    load: async () => (await import('./engine-kills.ts')).benchEngineKills,
    shows: 'index --engine killed at every write while it makes, moves and drops a corpus, and run again',
    seconds: 1200,
    byNameOnly: true,
  },
  scoring: {
    load: async () => (await import('./scoring.ts')).benchScoring,
    shows: '100×1,000 scores against arrays and reduce',
    seconds: 3,
  },
  'score-path': {
    load: async () => (await import('./score-path.ts')).benchScorePath,
    shows: 'CPU a request of align and alignMatrix against yoga and bare graphql',
    seconds: 60,
  },
  cost: {
    load: async () => (await import('./cost.ts')).benchCost,
    shows: 'CPU of forty queries, and ten held out, against the cost that they declare',
    seconds: 60,
  },
  load: {
    load: async () => (await import('./load.ts')).benchLoad,
    shows: 'requests a second and latency at 1 to 64 connections',
    seconds: 100,
  },
  memory: {
    load: async () => (await import('./memory.ts')).benchMemory,
    shows: 'memory of workerd through 10,000 mixed requests',
    seconds: 25,
  },
  refusals: {
    load: async () => (await import('./refusals.ts')).benchRefusals,
    shows: 'requests that cost too much, and the dearest that are permitted: time, answer, memory',
    seconds: 25,
  },
  'cold-start': {
    load: async () => (await import('./cold-start.ts')).benchColdStart,
    shows: 'startup, first answer and first text of a new isolate',
    seconds: 100,
  },
  'text-encoding': {
    load: async () => (await import('./text-encoding.ts')).benchTextEncoding,
    shows: 'a text in the Worker against onnxruntime-node',
    seconds: 35,
  },
  attention: {
    load: async () => (await import('./attention-training.ts')).benchAttentionTraining,
    shows: 'what each part of how attention is trained gains over identity in held-out folds',
    seconds: 600,
    byNameOnly: true,
  },
  'encoder-server': {
    load: async () => (await import('./encoder-server.ts')).benchEncoderServer,
    shows: 'pictures and texts a second from the encoder server against transformers.js',
    seconds: 60,
  },
  faithfulness: {
    load: async () => (await import('./faithfulness.ts')).benchFaithfulness,
    shows: 'heat maps by deletion, insertion and the pointing game, against a centre prior',
    seconds: 300,
    byNameOnly: true,
  },
};

const NAMES = Object.keys(BENCHES);

/** `selection` for selection-tabular and its like. */
export const GROUPS: readonly string[] = [...new Set(NAMES.map((name) => name.split('-')[0]))].filter(
  (group) => !(group in BENCHES),
);

/** What the commands take for a name. */
export const CHOICES: readonly string[] = [...GROUPS, ...NAMES];

/** @param name one of `CHOICES`, or undefined for all but those that run by name only */
export function benchesOf(name: string | undefined): string[] {
  if (name === undefined) return NAMES.filter((bench) => BENCHES[bench].byNameOnly !== true);
  return NAMES.filter((bench) => bench === name || bench.startsWith(`${name}-`));
}

/**
 * What there is to run, and about how long it takes, for people.
 * @param name one of `CHOICES`, or undefined for all there are
 */
export function benchList(name: string | undefined): string {
  const withoutName = benchesOf(undefined);
  const names = name === undefined ? NAMES : benchesOf(name);
  const cells = names.map((bench) => {
    const { seconds, shows } = BENCHES[bench];
    return [bench, `${seconds} s`, withoutName.includes(bench) ? 'yes' : 'by name only', shows];
  });
  const minutes = Math.ceil(secondsOf(withoutName) / 60);
  return (
    alignColumns([['name', 'about', 'in a run of all', 'shows'], ...cells]) +
    `A run of all takes about ${minutes} minutes on two cores that do nothing else.\n`
  );
}

/** About how long they take one after the other. */
export function secondsOf(names: readonly string[]): number {
  return names.reduce((sum, name) => sum + BENCHES[name].seconds, 0);
}
