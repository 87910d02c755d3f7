import type { ApiClient } from './api-client.ts';
import { type Finding, ok, skipped, wrong } from './finding.ts';
import { type Golden, fromBase64 } from '../../clip/golden.ts';

/** Kernels of other processors round differently: the embedded model's vectors then differ by up to 0.01 in cosine. */
export const MIN_COSINE = 0.99;

interface Embedded {
  readonly __typename: string;
  readonly vector?: string;
  readonly code?: string;
  readonly message?: string;
}

const RESULT = '{ __typename ... on Embedding { vector } ... on ItemError { code message } }';

/** Whether the deployed encoder gives the golden vectors; a finding for pictures and one for texts. */
export async function checkParity(
  api: ApiClient,
  golden: Golden,
  encoder: { readonly id: string; readonly fingerprint: string },
): Promise<Finding[]> {
  if (encoder.id !== golden.encoder.id) {
    const advice = `make golden vectors of ${encoder.id} from its model folder (--make-golden F --model DIR), then --golden F`;
    return [skipped('parity', `the golden vectors are of ${golden.encoder.id}`, advice)];
  }
  const pictures = golden.items.filter(({ image }) => image !== undefined);
  const texts = golden.items.filter(({ text }) => text !== undefined);
  return [
    await compare('parity of pictures', pictures, async () => {
      const images = pictures.map(({ image }) => ({ base64: image }));
      const { data, errors } = await api.ask(
        `query ($images: [ImageInput!]!) { embedImages(images: $images) ${RESULT} }`,
        { images },
      );
      return (data?.embedImages as Embedded[] | undefined) ?? errors.join('; ');
    }),
    await compare('parity of texts', texts, async () => {
      const { data, errors } = await api.ask(
        `query ($texts: [String!]!) { embedTexts(texts: $texts) ${RESULT} }`,
        { texts: texts.map(({ text }) => text) },
      );
      return (data?.embedTexts as Embedded[] | undefined) ?? errors.join('; ');
    }),
  ];
}

/** @param embed a text says why there are none */
async function compare(
  check: string,
  items: Golden['items'],
  embed: () => Promise<readonly Embedded[] | string>,
): Promise<Finding> {
  const embedded = await embed();
  const advice = 'the AI binding or the text route: see the log, AI_MODEL and TEXT_ROUTE, docs/faults.md';
  if (typeof embedded === 'string') return wrong(check, embedded, advice);
  const failed = embedded.find(({ __typename }) => __typename === 'ItemError');
  if (failed !== undefined) return wrong(check, `${failed.code}: ${failed.message}`, advice);
  const cosines = embedded.map(({ vector }, i) =>
    cosine(fromBase64(vector ?? ''), fromBase64(items[i].vector)),
  );
  const least = Math.min(...cosines);
  const found = `cosines ${cosines.map((value) => value.toFixed(4)).join(' ')}; least ${least.toFixed(4)}, pass mark ${MIN_COSINE}`;
  if (least >= MIN_COSINE) return ok(check, found);
  return wrong(
    check,
    found,
    'another model or preprocessing answers than the one that ENCODER_ID names: deploy that one, or declare a new id and publish selections made with it',
  );
}

function cosine(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) return 0;
  let [dot, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    dot += a[i] * b[i];
    aa += a[i] * a[i];
    bb += b[i] * b[i];
  }
  return dot / Math.sqrt(aa * bb);
}
