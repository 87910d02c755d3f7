import { type AttackRequest, type RequestTools, jsonRequest } from '../attack-request.ts';
import type { CaseRandom } from '../case-random.ts';
import { mutateBytes } from '../mutate-bytes.ts';
import { hostileJson, hostileString, PROTOTYPE_NAMES } from './hostile-values.ts';
import { type Part, serialize } from './multipart.ts';
import { withHoles } from './variables.ts';
import { plainVector } from './vector-text.ts';

type Body = Record<string, unknown>;

const MAX_BODY_CHARACTERS = 2_000_000;
const BOUNDARY = 'B';

/** What is asked under /v1: valid bodies with hostile values in them, forms with wrong parts, and strange media types and paths. */
export function restRequest(tools: RequestTools): AttackRequest {
  const { random } = tools;
  const [path, body] = validBody(tools);
  if (random.chance(0.2) && path !== '/v1/embeddings') return formRequest(path, body, tools);
  const text = random.chance(0.1) ? hostileJson(random) : withHoles(body, random);
  const type = random.chance(0.95) ? 'application/json' : strangeType(random);
  const asked = jsonRequest(text.slice(0, MAX_BODY_CHARACTERS), { random, path: pathOf(path, random) });
  return { ...asked, headers: { ...asked.headers, 'content-type': type } };
}

function validBody(tools: RequestTools): [path: string, body: Body] {
  const { random, marker } = tools;
  const text = `a fox ${marker}`;
  return random.pick<() => [string, Body]>([
    () => ['/v1/align', { image: anImage(tools), text: random.chance(0.5) ? text : { text }, baseRate: 0.1 }],
    () => [
      '/v1/rank',
      { image: anImage(tools), texts: [text, { text: 'a dodo' }, anEmbedding(tools)], first: 2 },
    ],
    () => ['/v1/rank', { text, images: [anImage(tools), anEmbedding(tools)], selection: 'default' }],
    () => [
      '/v1/classify',
      { image: anImage(tools), labels: ['fox', 'dodo'], templates: ['a {}'], temperature: 1 },
    ],
    () => ['/v1/clip-score', { image: anImage(tools), text }],
    () => ['/v1/ref-clip-score', { image: anImage(tools), text, references: [text, anEmbedding(tools)] }],
    () => [
      '/v1/explain',
      { image: anImage(tools), text, method: random.pick(['AUTO', 'NONE', 'SHARES', 'GRAD_CAM']) },
    ],
    () => [
      '/v1/search',
      { corpus: 'samples', text, first: 3, rerank: 2, minProbability: 0, filter: [{ field: 'a', eq: 'b' }] },
    ],
    () => [
      '/v1/search',
      { corpus: 'samples', text: anEmbedding(tools), after: 'bW9kZWw6MQ==', baseRate: 0.01 },
    ],
    () => [
      '/v1/embeddings',
      { model: 'tiny-clip', input: [text, { text: 'a dodo' }], encoding_format: 'base64', dimensions: 8 },
    ],
    () => ['/v1/embeddings', { messages: [{ role: 'user', content: [{ type: 'text', text }] }], user: 'me' }],
    () => ['/v1/embeddings', { modality: 'image', input: ['data:image/png;base64,iVBORw0KGgo='] }],
  ])();
}

function anImage(tools: RequestTools): Body {
  return tools.random.pick([
    () => anEmbedding(tools),
    () => ({ base64: 'iVBORw0KGgo=' }),
    () => ({ url: 'https://127.0.0.1/a.png' }),
  ])();
}

function anEmbedding({ random, dim, encoderId }: RequestTools): Body {
  return { embedding: { vector: plainVector(dim, random), encoder: encoderId } };
}

function pathOf(path: string, random: CaseRandom): string {
  if (random.chance(0.95)) return path;
  const strange = encodeURIComponent(hostileString(random).slice(0, 2_000).toWellFormed());
  return random.pick([
    `${path}/`,
    `${path}?${strange}`,
    `/v1/${strange}`,
    `/v1/${random.pick(PROTOTYPE_NAMES)}`,
    '/v1/',
  ]);
}

function strangeType(random: CaseRandom): string {
  return random.pick([
    'text/plain',
    'application/json; charset=utf-16',
    'application/json, text/html',
    'multipart/form-data',
    'application/x-www-form-urlencoded',
    `application/${'x'.repeat(5_000)}`,
  ]);
}

/** A part a value, where the value is a text or a number; the others as JSON; then one of them is made wrong. */
function formRequest(path: string, body: Body, { random, marker }: RequestTools): AttackRequest {
  const parts = Object.entries(body).flatMap(([name, value]) =>
    [value]
      .flat()
      .map((one): Part => ({ name, content: typeof one === 'string' ? one : JSON.stringify(one) })),
  );
  const file: Part = { name: 'image', head: 'filename="a.png"', content: `no picture ${marker}` };
  const all = random.pick<() => Part[]>([
    () => [...parts, file],
    () => [...parts.filter(({ name }) => name !== 'image'), file],
    () => parts.filter(() => random.chance(0.5)),
    () => [...parts, { name: random.pick(PROTOTYPE_NAMES), content: marker }],
    () => [...parts, ...Array.from({ length: random.skewed(1, 3_000) }, () => random.pick(parts))],
    () => parts.map((part) => ({ ...part, content: hostileString(random) })),
    () => parts.map((part) => ({ ...part, head: 'filename="a"' })),
  ])();
  const whole = new TextEncoder().encode(serialize(all, BOUNDARY));
  return {
    method: 'POST',
    path,
    headers: {
      'content-type': `multipart/form-data; boundary=${BOUNDARY}`,
      accept: 'application/json',
      ...(random.chance(0.9) ? { 'graphql-require-preflight': '1' } : {}),
    },
    body: random.chance(0.3) ? mutateBytes(whole, random) : whole,
  };
}
