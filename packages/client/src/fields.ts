/**
 * The fields of `Query` that this client asks, in one table: the documents and the options that calls know are made from it. Each asks
 * every field that its result type has, so that the types generated from the schema tell the truth; test/client compares both
 * with schema.graphql.
 */
const RULES = 'selection:String baseRate:Float';
const SCORES = 'cosine score probability probabilityInterval decision domain{...Domain}';
const SCORED_BY = 'selection provenance{...Provenance}';
const ERRORS = '{index error{...ItemError}}';

/** Fields of a union with ItemError. */
const orError = (type: keyof typeof FRAGMENTS): string => `...${type}...ItemError`;

/** By type. One that another uses comes after it. */
const FRAGMENTS = {
  Alignment: `${SCORES} encoder ${SCORED_BY}`,
  CaptionSetAlignment: `score probability decision domain{...Domain}fusion weights ${SCORED_BY}`,
  Ranking: `items{index ${SCORES} error{...ItemError}}anyMatch relevantCount ${SCORED_BY}`,
  Classification: `labels{label probability cosine score}${SCORED_BY}`,
  Explanation: `score method bias contributions(first:4096){coordinate value words examples{caption picture}}rows columns heat seen overlay tokens{text share}truncated truncationKnown ${SCORED_BY}`,
  ClipScore: 'score cosine referenceCosine truncated truncationKnown encoder',
  Domain: 'image text reason',
  Embedding: 'vector dim encoder fingerprint',
  Provenance:
    'selection canary encoder encoderFingerprint calibrator baseRate matchThreshold mismatchThreshold',
  ItemError: 'code message retryable retryAfterSeconds',
};

/** Arguments with their types, and what is asked of the answer. */
type Entry = readonly [string, string];

export const FIELDS = {
  align: [`image:ImageInput! text:TextInput! ${RULES}`, orError('Alignment')],
  alignCaptions: [`image:ImageInput! captions:[TextInput!]! ${RULES}`, orError('CaptionSetAlignment')],
  alignMatrix: [
    `images:[ImageInput!]! texts:[TextInput!]! ${RULES}`,
    `cosinesPacked scoresPacked probabilitiesPacked imageDomain textDomain imageErrors${ERRORS}textErrors${ERRORS}${SCORED_BY}`,
  ],
  rankTexts: [`image:ImageInput! texts:[TextInput!]! first:Int ${RULES}`, orError('Ranking')],
  rankImages: [`text:TextInput! images:[ImageInput!]! first:Int ${RULES}`, orError('Ranking')],
  classify: [
    'image:ImageInput! labels:[String!]! templates:[String!] temperature:Float selection:String',
    orError('Classification'),
  ],
  explain: [
    'image:ImageInput! text:TextInput! selection:String method:ExplainMethod',
    orError('Explanation'),
  ],
  clipScore: ['image:ImageInput! text:TextInput!', orError('ClipScore')],
  refClipScore: ['image:ImageInput! text:TextInput! references:[TextInput!]!', orError('ClipScore')],
  search: [
    'corpus:String! text:TextInput image:ImageInput first:Int after:String rerank:Int minProbability:Float filter:[CorpusFilter!] baseRate:Float',
    'edges{cursor id score cosine probability decision metadata thumbnail}pageInfo{hasNextPage hasPreviousPage startCursor endCursor}anyMatch relevantCount domain{...Domain}complete calibrated rankedBy average scanned reranked provenance{...Provenance}',
  ],
  embedTexts: ['texts:[String!]!', orError('Embedding')],
  embedImages: ['images:[ImageInput!]!', orError('Embedding')],
} satisfies Readonly<Record<string, Entry>>;

export type FieldName = keyof typeof FIELDS;
export type Variables = Readonly<Record<string, unknown>>;

/** One field of a request, and its arguments. */
export interface Asked {
  readonly name: FieldName;
  readonly values: Variables;
}

export function argumentsOf(name: FieldName): string[] {
  return FIELDS[name][0].match(/\w+(?=:)/g) ?? [];
}

/** The request whose answer has field k as `f0`, `f1`, … Values that are no arguments are left out. */
export function toRequest(fields: readonly Asked[]): {
  readonly query: string;
  readonly variables: Variables;
} {
  const variables: Record<string, unknown> = {};
  const declared: string[] = [];
  const body = fields.map(({ name, values }, k) => {
    const [types, selected]: Entry = FIELDS[name];
    const passed = types.split(' ').map((typed) => {
      const [argument, type] = typed.split(':');
      declared.push(`$${argument}${k}:${type}`);
      variables[argument + k] = values[argument];
      return `${argument}:$${argument}${k}`;
    });
    return `f${k}:${name}(${passed.join(',')}){${selected}}`;
  });
  let query = `query ${fields.length > 1 ? 'batch' : fields[0].name}(${declared.join(',')}){${body.join(' ')}}`;
  for (const [type, selected] of Object.entries(FRAGMENTS)) {
    if (query.includes(`...${type}`)) query += `fragment ${type} on ${type}{${selected}}`;
  }
  return { query, variables };
}
