import { type AttackRequest, type RequestTools, graphqlRequest } from '../attack-request.ts';
import { hostileString } from './hostile-values.ts';
import { plainVector, vectorBytes, vectorText } from './vector-text.ts';

const QUERY = `query A($i: ImageInput!, $t: TextInput!) { align(image: $i, text: $t) {
  __typename ... on Alignment { cosine score probability } ... on ItemError { code message retryable } } }`;
const MOST = 3.4028234663852886e38;
const LEAST = 1.401298464324817e-45;

interface Tried {
  readonly vector: unknown;
  /** Whether it stands for a direction. */
  readonly isValid: boolean;
}

type Maker = (tools: RequestTools) => Tried;
const valid = (vector: string): Tried => ({ vector, isValid: true });
const bad = (vector: unknown): Tried => ({ vector, isValid: false });

/** `count` numbers that are small but for those at some places. */
function withAt(dim: number, { random }: RequestTools, value: number): string {
  const numbers = Float32Array.from({ length: dim }, () => random.nextGaussian());
  for (let times = 1 + random.nextInt(3); times > 0; times--) numbers[random.nextInt(dim)] = value;
  return vectorText(numbers);
}

const MAKERS: readonly Maker[] = [
  ({ dim, random }) => valid(plainVector(dim, random)),
  ({ dim, random }) => valid(plainVector(dim, random).replace(/=+$/, '')),
  ({ dim, random }) => valid(plainVector(dim, random).replaceAll('+', '-').replaceAll('/', '_')),
  // A direction of its own, however small or large the numbers are.
  ({ dim, random }) => valid(vectorText(Array.from({ length: dim }, () => LEAST * (1 + random.nextInt(9))))),
  ({ dim, random }) =>
    valid(vectorText(Array.from({ length: dim }, () => (random.chance(0.5) ? MOST : -MOST)))),
  ({ dim, random }) => {
    const numbers = new Float32Array(dim);
    numbers[random.nextInt(dim)] = random.pick([LEAST, -LEAST, MOST, 1, 1e-30]);
    return valid(vectorText(numbers));
  },
  ({ dim }) => bad(vectorText(new Float32Array(dim))),
  ({ dim }) => bad(vectorText(new Float32Array(dim).fill(-0))),
  (tools) => bad(withAt(tools.dim, tools, NaN)),
  (tools) => bad(withAt(tools.dim, tools, Infinity)),
  (tools) => bad(withAt(tools.dim, tools, -Infinity)),
  // Any bits of a float32 with the highest exponent: signalling and quiet NaN with payloads.
  ({ dim, random }) => {
    const bytes = vectorBytes(Array.from({ length: dim }, () => random.nextGaussian()));
    const at = 4 * random.nextInt(dim);
    bytes.set(
      [random.nextInt(256), random.nextInt(256), 0x80 | random.nextInt(128), 0x7f | (random.nextInt(2) << 7)],
      at,
    );
    return bad(Buffer.from(bytes).toString('base64'));
  },
  ({ dim, random }) => {
    const count = random.pick([0, 1, dim - 1, dim + 1, 2 * dim, random.skewed(1, 60_000)]);
    return count === dim ? bad('') : bad(plainVector(count, random));
  },
  ({ dim, random }) => {
    const bytes = vectorBytes(Array.from({ length: dim }, () => random.nextGaussian()));
    return bad(Buffer.from(bytes.subarray(0, bytes.length - 1 - random.nextInt(3))).toString('base64'));
  },
  ({ dim, random }) => {
    const text = plainVector(dim, random);
    const at = random.nextInt(text.length - 4);
    return bad(
      text.slice(0, at) +
        random.pick(['*', '\u0000', '\u2028', '=', '\u0430', 'é', '💣']) +
        text.slice(at + 1),
    );
  },
  ({ dim, random }) => bad(`data:application/octet-stream;base64,${plainVector(dim, random)}`),
  ({ random }) => bad('A'.repeat(random.skewed(1, 4_000_000))),
  ({ dim, random }) => bad(Array.from({ length: dim }, () => random.next())),
  ({ random }) => bad(random.pick([null, 0, 1e300, true, [], {}, [[]], { length: 4 }])),
  ({ random }) => bad(`${hostileString(random)}*`),
];

/** Embeddings in every bad form, and in some good ones: those must score 1 against themselves. */
export function vectorRequest(tools: RequestTools): AttackRequest {
  const { random, encoderId, dim } = tools;
  if (random.chance(0.12)) return strangeEncoder(tools);
  const { vector, isValid } = random.pick(MAKERS)(tools);
  const embedding = { embedding: { vector, encoder: encoderId } };
  if (isValid) return graphqlRequest(QUERY, { i: embedding, t: embedding }, { random, checkData: isOne });
  const good = { embedding: { vector: plainVector(dim, random), encoder: encoderId } };
  const variables = random.chance(0.5) ? { i: embedding, t: good } : { i: good, t: embedding };
  return graphqlRequest(QUERY, variables, { random, codes: ['BAD_VECTOR', 'BAD_INPUT', 'LIMIT_EXCEEDED'] });
}

/** Any id but the record's own. */
function strangeEncoder({ random, encoderId, dim, marker }: RequestTools): AttackRequest {
  const encoder = random.pick([
    () => hostileString(random),
    () => encoderId.toUpperCase(),
    () => `${encoderId} `,
    () => `${encoderId}\u200b`,
    () => marker,
    () => random.nextInt(1e6),
    () => null,
    () => [],
  ])();
  const vector = plainVector(dim, random);
  const variables = {
    i: { embedding: { vector, encoder } },
    t: { embedding: { vector, encoder: encoderId } },
  };
  return graphqlRequest(QUERY, variables, {
    random,
    codes: ['ENCODER_MISMATCH', 'BAD_INPUT', 'LIMIT_EXCEEDED'],
  });
}

function isOne(data: unknown): string | null {
  const { cosine } = (data as { align?: { cosine?: unknown } } | null)?.align ?? {};
  return typeof cosine === 'number' && Math.abs(cosine - 1) < 1e-3
    ? null
    : `expected a cosine of 1 with itself, got ${JSON.stringify(cosine)}`;
}
