import { MAX_TEXT_LENGTH } from '../../src/format/selection-check.ts';
import { UserError } from '../cli/user-error.ts';
import { type EncoderFlags, httpChoiceOf } from '../clip/encoder-options.ts';
import type { HttpChoice } from '../clip/http-encoder.ts';
import { type ColumnFlags, namedColumns } from './column-options.ts';
import { type PairSourceOptions, UNDECLARED_FINGERPRINT } from './source-options.ts';
import { isEmbeddingFolder } from './embedding-folder.ts';

const COLUMNS_HELP = '--image-column and --caption-column name columns of a table';

/** The options that name the pairs, as commander gives them. */
export interface SourceFlags extends ColumnFlags, EncoderFlags {
  readonly model?: string;
  readonly cache: string;
  readonly maxPixels?: number;
  readonly imageEmbeddings?: string;
  readonly textEmbeddings?: string;
  readonly groups?: string;
  readonly encoderId?: string;
  readonly encoderFingerprint?: string;
  readonly strict?: boolean;
}

/**
 * One source of pairs, whole: a dataset, a folder of embeddings, or both .npy files; embeddings with the encoder's id.
 * @throws UserError for options that do not go together or would have no effect
 */
export function pairSource(dataset: string | undefined, flags: SourceFlags): PairSourceOptions {
  const http = httpChoiceOf(flags, flags.model);
  const isNpy = flags.imageEmbeddings !== undefined || flags.textEmbeddings !== undefined;
  if (isNpy && dataset !== undefined) {
    throw new UserError(`give either the dataset ${dataset} or .npy files, not both`);
  }
  const source = isNpy ? npySource(flags) : datasetSource(dataset, flags, http);
  return flags.strict === true ? { ...source, strict: true } : source;
}

function datasetSource(
  path: string | undefined,
  flags: SourceFlags,
  http: HttpChoice | undefined,
): PairSourceOptions {
  if (path === undefined) {
    throw new UserError(
      'name a DATASET, or --image-embeddings, --text-embeddings and --encoder-id (--help lists the forms)',
    );
  }
  const columns = namedColumns(flags);
  const { groups, encoderId, encoderFingerprint, model, cache, maxPixels, kindColumn } = flags;
  refuseGiven(
    groups,
    '--groups goes with --image-embeddings and --text-embeddings; a DATASET is grouped by its pictures and captions',
  );
  if (isEmbeddingFolder(path)) {
    refuseGiven(columns?.image ?? columns?.caption, `${COLUMNS_HELP}; ${path} holds embeddings`);
    refuseGiven(model, `--model encodes pictures; ${path} holds embeddings already, made by --encoder-id`);
    refuseGiven(flags.encoder, `--encoder http encodes pictures; ${path} holds embeddings already`);
    refuseGiven(maxPixels, `--max-pixels goes with pictures; ${path} holds embeddings already`);
    return { kind: 'shards', path, kindColumn, ...declaredEncoder(flags) };
  }
  const ownEncoder =
    'goes with --image-embeddings and --text-embeddings, or a folder of embeddings; the pictures of a DATASET are encoded by --model';
  refuseGiven(encoderId, `--encoder-id ${ownEncoder}`);
  refuseGiven(encoderFingerprint, `--encoder-fingerprint ${ownEncoder}`);
  return { kind: 'dataset', path, columns, cache, model, http, maxPixels };
}

function npySource(flags: SourceFlags): PairSourceOptions {
  const { imageEmbeddings, textEmbeddings, groups = null, model, maxPixels } = flags;
  if (imageEmbeddings === undefined || textEmbeddings === undefined) {
    throw new UserError('--image-embeddings and --text-embeddings go together: one of the two is missing');
  }
  refuseGiven(flags.kindColumn, '--kind-column names a column of a table; .npy files have none');
  refuseGiven(namedColumns(flags), `${COLUMNS_HELP}; .npy files have none`);
  refuseGiven(model, '--model goes with a DATASET; .npy files are encoded already, by --encoder-id');
  refuseGiven(flags.encoder, '--encoder http goes with a DATASET; .npy files are encoded already');
  refuseGiven(maxPixels, '--max-pixels goes with a DATASET; .npy files hold no pictures');
  return { kind: 'npy', imageEmbeddings, textEmbeddings, groups, ...declaredEncoder(flags) };
}

function declaredEncoder({ encoderId, encoderFingerprint = UNDECLARED_FINGERPRINT }: SourceFlags): {
  readonly encoderId: string;
  readonly encoderFingerprint: string;
} {
  if (encoderId === undefined || encoderId.trim() === '') {
    throw new UserError(
      '--encoder-id is missing: vectors without the id of their encoder cannot be compared with any. Give what EmbeddingInput.encoder will carry, such as openai/clip-vit-base-patch32',
    );
  }
  checkLength('--encoder-id', encoderId);
  checkLength('--encoder-fingerprint', encoderFingerprint);
  return { encoderId, encoderFingerprint };
}

/** An option that would have no effect is a misunderstanding. */
function refuseGiven(value: unknown, message: string): void {
  if (value !== undefined) throw new UserError(message);
}

/** As a record takes it: said before the work, not after. */
function checkLength(option: string, text: string): void {
  if (text.length >= 1 && text.length <= MAX_TEXT_LENGTH) return;
  throw new UserError(`${option}: expected 1 to ${MAX_TEXT_LENGTH} characters, got ${text.length}`);
}
