import { beforeAll, expect, it } from 'vitest';
import { writeCorpus } from './corpora.ts';
import { ask, fullModel, otherEncoder, publish, recordOf, vector } from './setup.ts';

const NAME = 'provenance';
const PROVENANCE =
  'provenance { selection canary encoder encoderFingerprint calibrator baseRate matchThreshold mismatchThreshold }';
let id: string;
beforeAll(async () => {
  id = await publish(NAME, recordOf(fullModel, { seed: 77 }));
  await writeCorpus(NAME, id, [{ id: 'x', vector: [1, 0, 0, 0] }]);
});

it('of every answer names record, encoder, calibrator and thresholds', async () => {
  const one = { embedding: { vector: vector([1, 0, 0, 0]), encoder: otherEncoder.id } };
  const query = `query ($one: TextInput!, $image: ImageInput!) {
    align(image: $image, text: $one, selection: "${NAME}") { ... on Alignment { ${PROVENANCE} } }
    alignMatrix(images: [$image], texts: [$one], selection: "${NAME}") { ${PROVENANCE} }
    alignCaptions(image: $image, captions: [$one], selection: "${NAME}") { ... on CaptionSetAlignment { ${PROVENANCE} } }
    rankTexts(image: $image, texts: [$one], selection: "${NAME}") { ... on Ranking { ${PROVENANCE} } }
    search(corpus: "${NAME}", text: $one) { ${PROVENANCE} }
  }`;
  const { data, errors } = await ask(query, { one, image: one });
  expect(errors).toBeUndefined();
  const expected = {
    selection: id,
    canary: false,
    encoder: otherEncoder.id,
    encoderFingerprint: otherEncoder.fingerprint,
    calibrator: 'PLATT',
    baseRate: 0.5,
    matchThreshold: 0.8,
    mismatchThreshold: 0.2,
  };
  for (const answer of Object.values(data as Record<string, unknown>)) {
    expect(answer).toEqual({ provenance: expected });
  }
  expect(Object.keys(data as object)).toHaveLength(5);
});

it('of classify is that of the record, whose encoder gives the labels', async () => {
  const { encoder } = (await ask('{ encoder { id dim fingerprint } }')).data as {
    encoder: { id: string; dim: number; fingerprint: string };
  };
  const { dim, ...own } = encoder;
  const classified = await publish(
    'classified',
    recordOf({ ...fullModel, dim, k: dim }, { encoder: own, seed: 78 }),
  );
  const numbers = Array.from({ length: dim }, (_, i) => (i === 0 ? 1 : 0));
  const { data, errors } = await ask(
    `query ($image: ImageInput!) {
      classify(image: $image, labels: ["a cup", "a dog"], selection: "classified") {
        ... on Classification { selection labels { label } ${PROVENANCE} }
      }
    }`,
    { image: { embedding: { vector: vector(numbers), encoder: own.id } } },
  );
  expect(errors).toBeUndefined();
  expect(data.classify).toEqual({
    selection: classified,
    labels: [{ label: 'a cup' }, { label: 'a dog' }],
    provenance: {
      selection: classified,
      canary: false,
      encoder: own.id,
      encoderFingerprint: own.fingerprint,
      calibrator: 'PLATT',
      baseRate: 0.5,
      matchThreshold: 0.8,
      mismatchThreshold: 0.2,
    },
  });
});
