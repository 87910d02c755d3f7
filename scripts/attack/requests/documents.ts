import fc from 'fast-check';
import { type AttackRequest, type RequestTools, graphqlRequest, jsonRequest } from '../attack-request.ts';
import type { CaseRandom } from '../case-random.ts';
import { mutateText } from './mutate-text.ts';
import { NUMBER_TEXTS, PROTOTYPE_NAMES, fcOptions, hostileJson, hostileString } from './hostile-values.ts';
import { operations } from './operations.ts';

const FIELDS = [
  'encoder',
  'limits',
  'selections',
  'corpora',
  'selection',
  'align',
  'search',
  'classify',
  'id',
  'name',
  'items',
  'edges',
];
const NAMES = [...FIELDS, ...PROTOTYPE_NAMES, 'a', 'b', '_', '__', 'on', 'fragment', 'query', 'null', 'true'];

type Maker = (random: CaseRandom, marker: string) => string;

/** Texts that a parser, a validator or an executor may choke on. */
const MAKERS: readonly Maker[] = [
  (random) => deep('{ a ', '}', random.skewed(2, 30_000), 'b'),
  (random) => `{ selection(name: ${deep('[', ']', random.skewed(2, 30_000), '1')}) { id } }`,
  (random) => `{ selection(name: ${deep('{a: ', '}', random.skewed(2, 20_000), '1')}) { id } }`,
  (random) => `query ($v: ${deep('[', ']', random.skewed(2, 20_000), 'Int')}) { __typename }`,
  (random) =>
    deep(
      '{ __schema { types { fields { type { fields { type { ',
      '} } } } } }',
      random.skewed(1, 40),
      'name',
    ).replaceAll('{ {', '{'),
  (random) => `{ ${times(random.skewed(1, 12_000), (i) => `a${i}: __typename`)} }`,
  (random) => `{ ${times(random.skewed(1, 2_000), (i) => `a${i}: selection(name: "s${i}") { id }`)} }`,
  (random) => `{ ${times(random.skewed(1, 600), (i) => `a${i}: corpora { name }`)} }`,
  (random) => `{ ${times(random.skewed(1, 500), () => 'encoder { id ...on Encoder { id dim } }')} }`,
  (random) =>
    `{ __typename ${times(random.skewed(1, 5_000), () => random.pick(['@include(if: true)', '@skip(if: false)', '@nothing', '@deprecated']))} }`,
  (random) => `{ ${'a'.repeat(random.skewed(1, 100_000))} }`,
  (random) => `{ encoder { ${'b'.repeat(random.skewed(1, 100_000))}: id } }`,
  (random) => cycle(random.skewed(1, 200)),
  (random) => doubling(random.skewed(2, 60)),
  (random) => `{ ${times(random.skewed(1, 3_000), (i) => `...F${i}`)} }`,
  (random) =>
    `{ __typename } ${times(random.skewed(1, 3_000), (i) => `fragment F${i} on Query { __typename }`)}`,
  (random) => times(random.skewed(1, 3_000), (i) => `query Q${i} { __typename }`),
  (random) => times(random.skewed(1, 1_000), () => '{ __typename }'),
  (random) => `{ selection(${times(random.skewed(1, 3_000), () => 'name: "a"')}) { id } }`,
  (random) =>
    `query (${times(random.skewed(1, 3_000), (i) => `$v${i}: Int = ${random.pick(NUMBER_TEXTS)}`)}) { __typename }`,
  (random) =>
    `{ search(corpus: "samples", first: ${random.pick(NUMBER_TEXTS)}, text: { text: "a" }) { scanned } }`,
  (random) =>
    `{ align(image: { url: "https://a.invalid" }, text: { text: "a" }, baseRate: ${random.pick(NUMBER_TEXTS)}) { ... on ItemError { code message } } }`,
  (random) => `{ selection(name: ${JSON.stringify(hostileString(random))}) { id } }`,
  (random) => `{ selection(name: """${hostileString(random).replaceAll('"""', '')}""") { id } }`,
  (random) =>
    `{ selection(name: "${random.pick(['\\u{110000}', '\\uD800', '\\u{D800}', '\\u00', '\\x', '\\', '\n', '\\u{0}'])}") { id } }`,
  (random) =>
    `${random.pick(['mutation', 'subscription', 'extend type Query', 'schema', 'type A', 'fragment on on on'])} { ${random.pick(NAMES)} }`,
  (random) => `# ${'c'.repeat(random.skewed(1, 200_000))}\n{ __typename }`,
  (random) =>
    `{${random.pick([',', ' ', '\n', '\t', '\ufeff', '\r', '#\n'])}`.padEnd(
      random.skewed(3, 300_000),
      ', \n',
    ) + '__typename }',
  (random) =>
    `{ ${random.pick(PROTOTYPE_NAMES)}: ${random.pick(PROTOTYPE_NAMES)} ${random.pick(PROTOTYPE_NAMES)} }`,
  (random) =>
    `query ($${random.pick(PROTOTYPE_NAMES)}: ${random.pick([...PROTOTYPE_NAMES, 'Int', 'String', 'ImageInput'])}) { __typename }`,
  (random) =>
    `{ ...${random.pick(PROTOTYPE_NAMES)} } fragment ${random.pick(PROTOTYPE_NAMES)} on ${random.pick([...PROTOTYPE_NAMES, 'Query'])} { __typename }`,
  (random) =>
    `{ __type(name: ${JSON.stringify(random.pick([...PROTOTYPE_NAMES, 'Query']))}) { name fields { name } } }`,
  (random) =>
    `{ embedImages(images: [${times(random.skewed(1, 600), () => '{ base64: "" }')}]) { __typename } }`,
  (random) =>
    `{ embedTexts(texts: [${times(random.skewed(1, 700), () => '""')}]) { ... on ItemError { code message } } }`,
  (random) =>
    `{ search(corpus: "samples", text: { text: "a" }, filter: [${times(random.skewed(1, 500), () => '{ field: "a", in: ["b"] }')}]) { scanned } }`,
  // Two fields of one name whose arguments differ, in every pair.
  (random) => `{ ${times(random.skewed(2, 400), (i) => `a: selection(name: "${i}") { id }`)} }`,
  (random) => fc.sample(tree(), fcOptions(random))[0],
  (random) => fc.sample(fc.string({ unit: 'binary', maxLength: 500 }), fcOptions(random))[0],
];

/** Documents that are deep, long, cyclic, ambiguous, of strange names, or valid ones taken apart. */
export function documentRequest(tools: RequestTools): AttackRequest {
  const { random, marker } = tools;
  if (random.chance(0.25)) {
    const { query, variables } = random.pick(operations(tools, random));
    return graphqlRequest(
      mutateText(query.replace('query A', `query ${marker.replaceAll('-', '_')}`), random),
      variables,
      { random },
    );
  }
  const query = random.pick(MAKERS)(random, marker);
  if (random.chance(0.15)) return byUrl(query, random);
  if (random.chance(0.05)) {
    const body = `{"query":${JSON.stringify(query)},"query":${hostileJson(random)}}`;
    return jsonRequest(body, { random });
  }
  return graphqlRequest(query, {}, { random });
}

/** A request line is bounded by servers before anything of ours sees it. */
function byUrl(query: string, random: CaseRandom): AttackRequest {
  const well = query.slice(0, 2_000).toWellFormed();
  return {
    method: 'GET',
    path: `/graphql?query=${encodeURIComponent(well)}`,
    headers: { accept: random.pick(['application/json', 'application/graphql-response+json']) },
    body: new Uint8Array(),
  };
}

function deep(open: string, close: string, depth: number, inner: string): string {
  return open.repeat(depth) + inner + close.repeat(depth);
}

function times(count: number, make: (i: number) => string): string {
  return Array.from({ length: count }, (_, i) => make(i)).join(' ');
}

/** Fragments that spread each other in a ring. */
function cycle(count: number): string {
  return `{ ...F0 } ${times(count, (i) => `fragment F${i} on Query { __typename ...F${(i + 1) % count} }`)}`;
}

/** Fragments that each spread the next one twice: 2^count fields in a short text. */
function doubling(count: number): string {
  return `{ ...F0 } ${times(count, (i) => `fragment F${i} on Query { a${i}: __typename ...F${i + 1} ... on Query { ...F${i + 1} } }`)} fragment F${count} on Query { __typename }`;
}

/** Selection sets of known and unknown names, with aliases, arguments and directives. */
function tree(): fc.Arbitrary<string> {
  const name = fc.constantFrom(...NAMES);
  const value = fc.oneof(
    fc.constantFrom(...NUMBER_TEXTS, 'null', 'true', 'ENUM', '$v', '[]', '{}', '{a: 1}', '[[1]]'),
    fc.string({ maxLength: 20 }).map((text) => JSON.stringify(text)),
  );
  const args = fc.oneof(
    { weight: 3, arbitrary: fc.constant('') },
    {
      weight: 1,
      arbitrary: fc
        .array(fc.tuple(name, value), { minLength: 1, maxLength: 4 })
        .map((list) => `(${list.map(([key, text]) => `${key}: ${text}`).join(', ')})`),
    },
  );
  const { set } = fc.letrec<{ set: string; field: string }>((tie) => ({
    field: fc
      .tuple(fc.option(name, { nil: null, freq: 3 }), name, args, fc.option(tie('set'), { nil: '', freq: 2 }))
      .map(([alias, own, given, inner]) => `${alias === null ? '' : `${alias}: `}${own}${given} ${inner}`),
    set: fc
      .array(tie('field'), { minLength: 1, maxLength: 5, depthIdentifier: 'set' })
      .map((list) => `{ ${list.join(' ')} }`),
  }));
  return set;
}
