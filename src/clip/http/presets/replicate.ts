import { EncoderFailure, FAILURES, wrongAnswer } from '../../remote/failure.ts';
import type { CallOptions, HttpCall, HttpPreset } from '../preset.ts';
import { given, isRecord, WHO } from '../rows.ts';

const HEADERS = { prefer: 'wait' };

/** A version is 64 hex digits, behind a colon or alone; a model's name without one goes by a path of its own. */
function write(input: Readonly<Record<string, unknown>>, { model, dimensions }: CallOptions): HttpCall {
  const version = /(?:^|:)([0-9a-f]{64})$/.exec(model)?.[1];
  const body = { input: given({ ...input, embedding_dim: dimensions }) };
  return version === undefined
    ? { path: `/models/${model}/predictions`, body, headers: HEADERS }
    : { path: '/predictions', body: { version, ...body }, headers: HEADERS };
}

/**
 * api.replicate.com: `POST /v1/predictions`, which holds the answer back for up to a minute (`Prefer: wait`) and is polled at `urls.get`
 * then. One input a call, as `{text}` or `{image: data URI}`. The output is a vector, a list of one, or holds it as `embedding`.
 */
export const replicate: HttpPreset = {
  basePath: '/v1',
  maxImages: 1,
  maxTexts: 1,
  maxCallBytes: Infinity,
  options: ['dimensions'],
  models: null,
  writeTexts: (texts, options) => write({ text: texts[0] }, options),
  writeImages: (pictures, options) => write({ image: pictures[0].dataUri() }, options),
  failureIn: (answer) => (isRecord(answer) && answer.status === 'failed' ? String(answer.error) : null),
  pendingUrl(answer) {
    const { status, urls } = isRecord(answer) ? answer : {};
    if (status === 'canceled' || status === 'aborted')
      throw new EncoderFailure(FAILURES.unknown, `${WHO} broke off`);
    if (status !== 'starting' && status !== 'processing') return null;
    if (isRecord(urls) && typeof urls.get === 'string') return urls.get;
    throw wrongAnswer(`${WHO} did not say where its answer will be`);
  },
  readRows(answer) {
    const output = isRecord(answer) ? answer.output : undefined;
    return [vectorIn(output)];
  },
};

function vectorIn(output: unknown): unknown {
  if (isRecord(output)) return output.embedding;
  if (!Array.isArray(output) || typeof output[0] === 'number') return output;
  const [first]: unknown[] = output;
  return isRecord(first) ? first.embedding : first;
}
