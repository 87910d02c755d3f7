import type { EngineKind } from '../../src/format/corpus-engine.ts';
import { corpusKey } from '../../src/format/kv-keys.ts';
import { UserError } from '../cli/user-error.ts';
import { httpChoiceOf } from '../clip/encoder-options.ts';
import { namedColumns } from '../dataset/column-options.ts';
import type { IndexFlags } from './index-flags.ts';

/** Whether there is data to add. */
export function bringsData(
  dataset: string | undefined,
  { imageEmbeddings, textEmbeddings }: Pick<IndexFlags, 'imageEmbeddings' | 'textEmbeddings'>,
): boolean {
  return [dataset, imageEmbeddings, textEmbeddings].some((given) => given !== undefined);
}

/**
 * An option that would have no effect is a misunderstanding: those that can be told without looking at the corpus.
 * @throws UserError naming what it goes with
 */
export function checkIndexFlags(dataset: string | undefined, flags: IndexFlags): void {
  corpusKey(flags.corpus); // says what a name may be
  if (flags.drop) {
    checkDrop(dataset, flags);
    return;
  }
  httpChoiceOf(flags, flags.model);
  const sources = [dataset, flags.imageEmbeddings, flags.textEmbeddings].filter(isGiven);
  refuse(sources.length > 1, 'give one of --image-embeddings, --text-embeddings and a DATASET');
  refuse(
    sources.length === 0 && !repacks(flags),
    'nothing to do: give --image-embeddings, --text-embeddings or a DATASET, --delete, --drop, or the --selection, --plan, --encoding, --bytes or --engine to pack for anew',
  );
  checkData(dataset, sources.length > 0, flags);
  const { engine, plan } = flags;
  refuse(
    flags.replace && flags.delete !== undefined,
    '--delete takes out of what the corpus holds, --replace starts from nothing: give one of them',
  );
  const hasForm = flags.encoding !== undefined || flags.bytes !== undefined;
  refuse(
    plan !== undefined && plan !== 'compact' && hasForm,
    '--encoding and --bytes are of the rows of plan compact; plan full scans full int8 vectors, and auto may choose it',
  );
  if (engine !== undefined) checkEngineFlags(flags, engine);
}

/**
 * Likewise, of the engine that the corpus is to be searched by, asked for or not.
 * @throws UserError naming what it goes with
 */
export function checkEngineFlags(
  {
    corpus,
    engine,
    encoding,
    bytes,
    plan,
    wait,
    postgresIndex,
    vectorizeIndex,
  }: Pick<
    IndexFlags,
    'corpus' | 'engine' | 'encoding' | 'bytes' | 'plan' | 'wait' | 'postgresIndex' | 'vectorizeIndex'
  >,
  kind: EngineKind,
): void {
  const but =
    engine === undefined
      ? `"${corpus}" is searched by ${kind === 'isolate' ? 'the isolate' : kind} unless --engine says otherwise`
      : `not with --engine ${engine}`;
  refuse(
    postgresIndex !== undefined && kind !== 'postgres',
    `--postgres-index goes with --engine postgres; ${but}`,
  );
  refuse(
    vectorizeIndex !== undefined && kind !== 'vectorize',
    `--vectorize-index goes with --engine vectorize; ${but}`,
  );
  refuse(
    wait === false && kind !== 'vectorize',
    `--no-wait goes with --engine vectorize, which shows later what was written; ${but}`,
  );
  if (kind === 'isolate') return;
  refuse(
    plan === 'full',
    `--plan full is for the isolate, which scans full vectors; the engine ${kind} takes the selection's coordinates: leave it out, or give --engine isolate`,
  );
  refuse(
    encoding !== undefined || bytes !== undefined,
    `--encoding and --bytes are of rows that an isolate scans; the engine ${kind} has a form of its own: leave them out, or give --engine isolate`,
  );
}

/** What goes with `--drop`: where the corpus is, and where it has rows. */
function checkDrop(dataset: string | undefined, flags: IndexFlags): void {
  const { engine, vectorizeIndex } = flags;
  const idle = [
    ...(dataset === undefined ? [] : ['a DATASET']),
    ...DROP_IDLE.filter((name) => isGiven(flags[name])).map((name) => optionOf(name, flags)),
    ...(flags.replace ? ['--replace'] : []),
    ...(flags.strict ? ['--strict'] : []),
  ];
  refuse(
    idle.length > 0,
    `--drop removes the whole corpus: ${idle.join(', ')} ${idle.length === 1 ? 'does' : 'do'} not go with it`,
  );
  refuse(
    vectorizeIndex !== undefined && engine !== 'vectorize',
    '--vectorize-index goes with --engine vectorize: with --drop it says where rows are looked for that no manifest names',
  );
}

const DROP_IDLE = [
  'imageEmbeddings',
  'textEmbeddings',
  'modality',
  'selection',
  'ids',
  'metadata',
  'fields',
  'delete',
  'plan',
  'encoding',
  'bytes',
  'rerank',
  'model',
  'maxPixels',
  'thumbnails',
  'encoder',
  'preset',
  'url',
  'imageColumn',
  'captionColumn',
  'postgresIndex',
] as const satisfies readonly (keyof IndexFlags)[];

/** As it is written on the command line. */
function optionOf(name: keyof IndexFlags, flags: IndexFlags): string {
  const words = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return `--${flags[name] === false ? 'no-' : ''}${words}`;
}

/** Options of the data that is added. */
function checkData(dataset: string | undefined, hasData: boolean, flags: IndexFlags): void {
  const isMatrix = dataset === undefined && hasData;
  refuse(!isMatrix && flags.ids !== undefined, '--ids goes with a .npy file; a DATASET has ids of its own');
  refuse(
    !isMatrix && flags.metadata !== undefined,
    '--metadata goes with a .npy file; the columns of a DATASET are its metadata',
  );
  refuse(
    flags.thumbnails === true && (dataset === undefined || flags.modality === 'text'),
    '--thumbnails goes with the pictures of a DATASET; .npy files and texts hold none',
  );
  refuse(!hasData && flags.strict, '--strict goes with data: it is about rows that cannot be used');
  refuse(
    flags.maxPixels !== undefined && flags.modality === 'text',
    '--max-pixels goes with the pictures of a DATASET; its captions have none',
  );
  if (dataset !== undefined) return;
  refuse(flags.modality !== undefined, '--modality goes with a DATASET');
  refuse(
    namedColumns(flags) !== undefined,
    '--image-column and --caption-column go with a DATASET; .npy files have no columns',
  );
  refuse(flags.model !== undefined, '--model goes with a DATASET; .npy files are encoded already');
  refuse(flags.encoder !== undefined, '--encoder http goes with a DATASET; .npy files are encoded already');
  refuse(flags.maxPixels !== undefined, '--max-pixels goes with a DATASET; .npy files hold no pictures');
}

/** Whether there is something to do to what the corpus holds. */
function repacks(flags: IndexFlags): boolean {
  const { delete: deleted, selection, plan, encoding, bytes, rerank, fields, thumbnails } = flags;
  const { engine, postgresIndex, vectorizeIndex } = flags;
  return (
    [deleted, selection, plan, encoding, bytes, rerank, fields, engine, postgresIndex, vectorizeIndex].some(
      isGiven,
    ) || thumbnails === false
  );
}

function isGiven(value: unknown): boolean {
  return value !== undefined;
}

function refuse(isRefused: boolean, message: string): void {
  if (isRefused) throw new UserError(message);
}
