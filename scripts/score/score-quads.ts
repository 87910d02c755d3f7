import { dirname } from 'node:path';
import { highestRate, lowestRate } from '../../src/core/fitting/binomial-bounds.ts';
import {
  QUAD_CHANCE,
  type QuadScores,
  type QuadVerdict,
  judgeQuad,
} from '../../src/core/evaluation/quad-score.ts';
import type { SelectionModel } from '../../src/core/scoring/selection-model.ts';
import type { StartProgress } from '../cli/progress.ts';
import { UserError } from '../cli/user-error.ts';
import { type EncodedPictures, encodeImages, encodeTexts } from '../dataset/encode-pairs.ts';
import { type EncoderChoice, loadPairEncoder, openCache } from '../dataset/load-pair-encoder.ts';
import type { Skipped } from '../dataset/pair-source.ts';
import { refuseSkipped } from '../dataset/skipped-rows.ts';
import { type EmbeddingCache, contentKey } from '../embedding-cache/embedding-cache.ts';
import { type TableColumn, checkTableFile, writeTable } from '../files/table-file.ts';
import { makeWritableFolder } from '../kv/writable-folder.ts';
import { checkEncoder } from '../selection/check-encoder.ts';
import { findSelection } from './find-selection.ts';
import { type Quad, readQuads } from './read-quads.ts';
import { scoreEmbeddings } from './score-embeddings.ts';

interface QuadOptions {
  /** The table of quads. */
  readonly path: string;
  readonly encoder: EncoderChoice;
  readonly cache: string;
  readonly selection: string;
  readonly remote: boolean;
  /** Ends in .csv or .parquet; undefined: no table is written. */
  readonly out: string | undefined;
  readonly strict: boolean;
}

interface Output {
  readonly startProgress: StartProgress;
  readonly tell: (line: string) => void;
}

/** A share of the quads with its 95% interval, exact (Clopper and Pearson 1934). */
interface Share {
  readonly share: number;
  readonly low: number;
  readonly high: number;
}

type Shares = Readonly<Record<keyof QuadVerdict, Share>>;

/** What the command prints on stdout. `quads` = `scored` + `failed`. */
interface QuadSummary {
  readonly quads: number;
  readonly scored: number;
  readonly failed: number;
  readonly failedRows: readonly Skipped[];
  /** By the cosine of the whole embeddings, as the field reports it, and by the selection's score. */
  readonly cosine: Shares;
  readonly score: Shares;
  readonly chance: typeof QUAD_CHANCE;
  readonly out: string | null;
  readonly selection: string;
  readonly id: string;
}

interface ScoredQuad {
  readonly quad: Quad;
  readonly cosines: QuadScores;
  readonly scores: QuadScores;
}

const TAIL = 0.025;

/**
 * The text, image and group scores of Winoground's form of data.
 * @throws UserError for whatever the caller can put right, and when no row can be scored
 */
export async function scoreQuads(
  options: QuadOptions,
  { startProgress, tell }: Output,
): Promise<QuadSummary> {
  const { path, selection, out, strict } = options;
  const form = out === undefined ? 'csv' : await checkTableFile(out);
  if (out !== undefined)
    await makeWritableFolder(dirname(out), 'the folder of --out', 'Choose another with --out.');
  const { id, record } = await findSelection(selection, options.remote);
  const { info, encoder } = await loadPairEncoder(options.encoder);
  checkEncoder(record, info, selection);
  const rows = await readQuads(path);
  const whole = rows.filter((row) => 'images' in row);
  const cache = await openCache(options.cache, info, tell);
  const encoded: EncodedPictures = { keyByName: new Map(), reasonByName: new Map() };
  const images = new Map(whole.flatMap((quad) => quad.images.map((image) => [image.name, image])));
  await withProgress(startProgress, 'pictures', images.size, (add) =>
    encodeImages(images.values(), encoder, cache, encoded, add),
  );
  const captions = new Set(whole.flatMap((quad) => quad.captions));
  await withProgress(startProgress, 'captions', captions.size, (add) =>
    encodeTexts(captions, encoder, cache, add),
  );
  const results = rows.map((row) => ('images' in row ? scoreQuad(row, record.model, encoded, cache) : row));
  const failedRows = results.filter((result) => 'reason' in result);
  if (strict) refuseSkipped(failedRows);
  const scored = results.filter((result) => 'quad' in result);
  for (const { where, reason } of failedRows) tell(`${where}: ${reason}`);
  if (scored.length === 0) throw new UserError(`none of the ${rows.length} rows of ${path} could be scored`);
  if (out !== undefined) await writeTable(out, form, tableOf(scored));
  return {
    quads: rows.length,
    scored: scored.length,
    failed: failedRows.length,
    failedRows: failedRows.map(({ where, reason }) => ({ where, reason })),
    cosine: sharesOf(scored.map(({ cosines }) => judgeQuad(cosines))),
    score: sharesOf(scored.map(({ scores }) => judgeQuad(scores))),
    chance: QUAD_CHANCE,
    out: out ?? null,
    selection,
    id,
  };
}

async function withProgress(
  startProgress: StartProgress,
  what: string,
  total: number,
  work: (add: ReturnType<StartProgress>['add']) => Promise<void>,
): Promise<void> {
  const progress = startProgress(what, total, { cached: true });
  try {
    await work(progress.add);
  } finally {
    // A bar left running keeps the process alive.
    progress.stop();
  }
}

function scoreQuad(
  quad: Quad,
  model: SelectionModel,
  { keyByName, reasonByName }: EncodedPictures,
  cache: EmbeddingCache,
): ScoredQuad | Skipped {
  const { where, images, imageNames, captions } = quad;
  const keys = images.map(({ name }) => keyByName.get(name));
  const broken = keys.indexOf(undefined);
  if (broken >= 0) {
    const reason = reasonByName.get(images[broken].name) ?? 'not encoded';
    return { where, reason: `${imageNames[broken]}: ${reason}` };
  }
  const pictures = keys.map((key) => known(cache.get(key ?? '')));
  const texts = captions.map((caption) => known(cache.get(contentKey('text', caption))));
  const pairs = pictures.flatMap((picture) => texts.map((text) => scoreEmbeddings({ model }, picture, text)));
  if (pairs.includes(null)) return { where, reason: 'the selection gives no finite score' };
  const of = (key: 'cosine' | 'score'): QuadScores => {
    const [a, b, c, d] = pairs.map((pair) => pair?.[key] ?? NaN);
    return [a, b, c, d];
  };
  return { quad, cosines: of('cosine'), scores: of('score') };
}

function known(embedding: Float32Array | null): Float32Array {
  if (embedding === null) throw new Error('no embedding after encoding');
  return embedding;
}

function sharesOf(verdicts: readonly QuadVerdict[]): Shares {
  const shareOf = (key: keyof QuadVerdict): Share => {
    const count = verdicts.filter((verdict) => verdict[key]).length;
    const total = verdicts.length;
    return {
      share: count / total,
      low: lowestRate(count, total, TAIL),
      high: highestRate(count, total, TAIL),
    };
  };
  return { text: shareOf('text'), image: shareOf('image'), group: shareOf('group') };
}

/** A row a quad that was scored; `cosine_01` is of image 0 and caption 1. */
function tableOf(quads: readonly ScoredQuad[]): TableColumn[] {
  const text = (name: string, of: (quad: Quad) => string): TableColumn => ({
    name,
    type: 'STRING',
    data: quads.map(({ quad }) => of(quad)),
  });
  const places = ['00', '01', '10', '11'];
  const numbers = (name: string, of: (quad: ScoredQuad) => QuadScores): TableColumn[] =>
    places.map((place, i) => ({
      name: `${name}_${place}`,
      type: 'DOUBLE',
      data: quads.map((quad) => of(quad)[i]),
    }));
  const verdict = (key: keyof QuadVerdict): TableColumn => ({
    name: key,
    type: 'BOOLEAN',
    data: quads.map(({ cosines }) => judgeQuad(cosines)[key]),
  });
  return [
    text('image_0', ({ imageNames }) => imageNames[0]),
    text('caption_0', ({ captions }) => captions[0]),
    text('image_1', ({ imageNames }) => imageNames[1]),
    text('caption_1', ({ captions }) => captions[1]),
    ...numbers('cosine', ({ cosines }) => cosines),
    ...numbers('score', ({ scores }) => scores),
    verdict('text'),
    verdict('image'),
    verdict('group'),
    text('where', ({ where }) => where),
  ];
}
