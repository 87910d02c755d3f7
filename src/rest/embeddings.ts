import { AppError, againAs } from '../errors.ts';
import { embedImages, embedTexts } from '../use-cases/embed.ts';
import type { ImageInput } from '../use-cases/inputs/given.ts';
import { LIMITS } from '../use-cases/limits.ts';
import type { RequestScope } from '../use-cases/request-scope.ts';
import { servicesOf } from '../use-cases/services.ts';
import { type Failure, Refused } from './failure.ts';
import type { EmbeddingsAnswer, ModelsAnswer } from './openai/answer-schemas.ts';
import { openAiError, shouldRetryHeaders } from './openai/errors.ts';
import {
  type EmbeddingItem,
  type EmbeddingsRequest,
  EmbeddingsRequestError,
  readEmbeddingsRequest,
} from './openai/read-request.ts';
import { assertServed, writeEmbeddings, writeModels } from './openai/write-answer.ts';
import { type Asked, type RestContext, runOperation } from './operation.ts';
import { readJson } from './read-given.ts';
import type { Values } from './root-fields.ts';

/** Tokens are counted nowhere here: what a request is charged by stands in `x-cost`. */
const UNCOUNTED = 0;

/** `POST /v1/embeddings` as OpenAI's clients ask it. @throws as `runOperation`, and EmbeddingsRequestError */
export async function answerEmbeddings(
  request: Request,
  context: RestContext,
  told: Headers,
): Promise<EmbeddingsAnswer> {
  if (context.admission.kind === 'refused') throw new Refused(context.admission);
  const asked = readEmbeddingsRequest(await readJson(request), LIMITS.texts);
  const { info } = servicesOf(context.env).encoders();
  assertServed(asked, info);
  const vectors = await runOperation(request, context, toOperation(asked), told);
  return writeEmbeddings(asked, info, vectors, UNCOUNTED);
}

function toOperation({ items }: EmbeddingsRequest): Asked<Float32Array[]> {
  const texts = items.filter((item) => item.kind === 'text').map(({ text }) => text);
  const images = items.filter((item) => item.kind === 'image').map(toImageInput);
  const fields: (readonly [string, Values])[] = [];
  if (texts.length > 0) fields.push(['embedTexts', { texts }]);
  if (images.length > 0) fields.push(['embedImages', { images }]);
  return {
    name: 'embeddings',
    fields,
    images,
    async run(scope) {
      const [ofTexts, ofImages] = await Promise.all([embedTexts(texts, scope), embedImages(images, scope)]);
      return inOrder(items, ofTexts.outcomes, ofImages.outcomes, scope);
    },
  };
}

function toImageInput(item: Exclude<EmbeddingItem, { kind: 'text' }>): ImageInput {
  return 'url' in item ? { url: item.url } : { base64: item.base64 };
}

type Outcomes = readonly (Float32Array | AppError)[];

/** @throws EmbeddingsRequestError of the first item that failed: the answer has no place for it */
function inOrder(
  items: readonly EmbeddingItem[],
  texts: Outcomes,
  images: Outcomes,
  { budget }: RequestScope,
): Float32Array[] {
  const next = { text: 0, image: 0 };
  return items.map(({ kind }, index) => {
    const outcome = (kind === 'text' ? texts : images)[next[kind]++];
    if (outcome instanceof AppError) throw failedItem(outcome, items.length === 1 ? null : index);
    budget.spend('answerNumbers', outcome.length);
    return outcome;
  });
}

function failedItem(cause: AppError, index: number | null): AppError {
  // A bug is not told as the caller's mistake.
  if (cause.code === 'INTERNAL') return cause;
  const message = index === null ? cause.message : `Item ${index} of input: ${cause.message}`;
  return new EmbeddingsRequestError(cause.code, message, 'input', { cause, ...againAs(cause) });
}

/** `GET /v1/models`. @throws as `runOperation` */
export async function answerModels(
  request: Request,
  context: RestContext,
  told: Headers,
): Promise<ModelsAnswer> {
  return runOperation(
    request,
    context,
    {
      name: 'models',
      fields: [['encoder', {}]],
      images: [],
      run: async ({ encoders }) => writeModels(encoders().info),
    },
    told,
  );
}

/** `GET /v1/models/ID`. @throws as `runOperation`, and EmbeddingsRequestError for another model */
export async function answerModel(
  request: Request,
  context: RestContext,
  told: Headers,
  id: string,
): Promise<ModelsAnswer['data'][number]> {
  const { data } = await answerModels(request, context, told);
  const [model] = data;
  assertServed(
    { model: id, dimensions: null },
    { id: model.id, dim: model.dim, fingerprint: model.fingerprint },
  );
  return model;
}

/** A failure as OpenAI's clients read it. */
export function openAiResponse(failure: Failure): Response {
  const { status, body } = openAiError(failure, failure.status);
  return Response.json(body, {
    status,
    headers: {
      'access-control-allow-origin': '*',
      ...failure.headers,
      ...shouldRetryHeaders(failure.retryable, secondsOf(failure.headers['retry-after'])),
    },
  });
}

/** A refusal of the door knows them as a header only. */
function secondsOf(retryAfter: string | undefined): number | null {
  return retryAfter === undefined ? null : Number(retryAfter);
}
