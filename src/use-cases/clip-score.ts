import { fromBase64 } from '../clip/base64.ts';
import { CLIP_SCORE_PROMPT, clipScore, refClipScore } from '../core/scoring/clip-score.ts';
import { cosineSimilarity } from '../core/vector.ts';
import { AppError } from '../errors.ts';
import type { EmbeddingInput, ImageInput, TextInput } from './inputs/given.ts';
import type { EmbeddingTarget } from './inputs/own-encoder.ts';
import { assertText } from './inputs/text.ts';
import { LIMITS, assertWithin } from './limits.ts';
import type { RequestScope } from './request-scope.ts';
import { settleItems } from './settle.ts';
import { type Truncation, findTruncation } from './truncation.ts';

export interface ClipScoreArguments {
  readonly image: ImageInput;
  readonly text: TextInput;
}

export interface RefClipScoreArguments extends ClipScoreArguments {
  readonly references: readonly TextInput[];
}

/** As `ClipScore` of schema.graphql. */
export interface ClipScore extends Truncation {
  readonly score: number;
  readonly cosine: number;
  readonly referenceCosine: number | null;
  readonly encoder: string;
}

/** @throws AppError, as `clipScore` of schema.graphql tells */
export async function scoreCaption(args: ClipScoreArguments, scope: RequestScope): Promise<ClipScore> {
  const { image, texts, ...told } = await embedAll(args.image, [args.text], scope);
  const cosine = cosineSimilarity(image, texts[0]);
  return { score: clipScore(cosine), cosine, referenceCosine: null, ...told };
}

/** @throws AppError, as `refClipScore` of schema.graphql tells */
export async function scoreCaptionByReferences(
  { image: given, text, references }: RefClipScoreArguments,
  scope: RequestScope,
): Promise<ClipScore> {
  if (references.length === 0) throw new AppError('BAD_INPUT', 'Expected at least one reference, got none.');
  assertWithin('references', references.length, LIMITS.texts);
  const { image, texts, ...told } = await embedAll(given, [text, ...references], scope);
  const [caption, ...others] = texts;
  const cosine = cosineSimilarity(image, caption);
  const referenceCosine = Math.max(...others.map((reference) => cosineSimilarity(caption, reference)));
  return { score: refClipScore(cosine, referenceCosine), cosine, referenceCosine, ...told };
}

interface Embedded extends Truncation, Pick<ClipScore, 'encoder'> {
  readonly image: Float32Array;
  /** One a text, in order. */
  readonly texts: readonly Float32Array[];
}

/** @param given the caption, then the references */
async function embedAll(
  imageInput: ImageInput,
  given: readonly TextInput[],
  scope: RequestScope,
): Promise<Embedded> {
  const { budget, embeddings } = scope;
  budget.spend('pairs', given.length);
  const target = targetOf([imageInput, ...given], scope);
  const [image, outcomes] = await Promise.all([
    embeddings.image(imageInput, target),
    settleItems(given, async (input) => embeddings.text(prompted(input), target)),
  ]);
  const texts = outcomes.map((outcome, i) => requireText(outcome, i));
  const encoded = given.flatMap((input) => prompted(input).text ?? []);
  return { image, texts, ...(await findTruncation(encoded, scope)), encoder: target.id };
}

/** @throws AppError BAD_INPUT for a blank text, LIMIT_EXCEEDED */
function prompted(input: TextInput): TextInput {
  if (input.text == null) return input;
  assertText(input.text);
  return { text: CLIP_SCORE_PROMPT + input.text };
}

/** Pixels and texts are the deployment's to encode; where all are embeddings, they say themselves whose they are. */
function targetOf(inputs: readonly (ImageInput | TextInput)[], { encoders }: RequestScope): EmbeddingTarget {
  const [first, ...others] = inputs.map(({ embedding }) => embedding);
  const { info } = encoders();
  if (first == null || others.some((embedding) => embedding == null) || first.encoder === info.id)
    return info;
  return { id: first.encoder, fingerprint: '', dim: dimOf(first) };
}

/** What is no vector at all is refused where it is read. */
function dimOf({ vector }: EmbeddingInput): number {
  return Math.max(1, Math.floor((fromBase64(vector)?.length ?? 0) / Float32Array.BYTES_PER_ELEMENT));
}

function requireText(outcome: Float32Array | AppError, index: number): Float32Array {
  if (!(outcome instanceof AppError)) return outcome;
  if (index === 0) throw outcome;
  throw new AppError(outcome.code, `Reference ${index - 1}: ${outcome.message}`, { cause: outcome });
}
