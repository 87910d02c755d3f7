import type { Field, Question } from './batch-fields.ts';

/** Fields that one field asks at most, with its fragment: what `limits.queryFields` counts. */
export const FIELDS_OF_ONE = 32;

/** Of a body: names, braces and the document stand beside what is counted. */
const BODY_SHARE = 0.9;

/** What a deployment limits, and that of it which can be told without it. */
export type Limits = ReturnType<typeof countsOf>;

/** What a request of these fields has of all that a deployment limits, as far as can be told without it. */
export function countsOf(fields: readonly Field<Question>[]) {
  const questions = fields.flatMap((field) => field.questions);
  const [images, texts] = (['image', 'text'] as const).map((name) => {
    const parts = questions.flatMap(({ [name]: part }) => part ?? []);
    return [...new Map<unknown, object>(parts.map(({ key, variable }) => [key, variable])).values()];
  });
  const longest = Math.max(...fields.map((field) => field.questions.length));
  const imageBytes = bytesOf(images);
  return {
    images: longest,
    texts: longest,
    encodedImages: images.filter(isEncoded).length,
    encodedTexts: texts.filter(isEncoded).length,
    pairs: questions.length,
    urls: images.filter((variable) => 'url' in variable).length,
    selections: new Set(questions.map(({ rules }) => rules?.selection)).size,
    bodyBytes: (imageBytes + bytesOf(texts)) / BODY_SHARE,
    totalImageBytes: imageBytes,
    queryFields: fields.length * FIELDS_OF_ONE,
    queryRootFields: fields.length,
    queryAliases: fields.length,
  };
}

export const LIMITS = {
  query: `query limits{f0:limits{${Object.keys(countsOf([])).join(' ')}}}`,
  variables: {},
};

export function isWithin(fields: readonly Field<Question>[], limits: Limits): boolean {
  const counts = Object.entries(countsOf(fields)) as [keyof Limits, number][];
  return counts.every(([name, count]) => count <= limits[name]);
}

/**
 * Fields as requests, in order; a field that is too large for one is parted.
 * @param limits not needed for one question
 */
export function toRequests<Asking extends Question>(
  fields: readonly Field<Asking>[],
  limits: Limits | undefined,
): Field<Asking>[][] {
  const requests: Field<Asking>[][] = [];
  let open: Field<Asking>[] = [];
  if (!limits) return [[...fields]];
  for (const field of fields.flatMap((whole) => part(whole, limits))) {
    if (open.length > 0 && !isWithin([...open, field], limits)) {
      requests.push(open);
      open = [];
    }
    open.push(field);
  }
  return open.length > 0 ? [...requests, open] : requests;
}

function part<Asking extends Question>(field: Field<Asking>, limits: Limits): Field<Asking>[] {
  const { questions } = field;
  if (questions.length === 1 || isWithin([field], limits)) return [field];
  return halves(questions).flatMap((half) => part({ ...field, questions: half }, limits));
}

export function halves<Item>(items: readonly Item[]): (readonly Item[])[] {
  const middle = Math.ceil(items.length / 2);
  return [items.slice(0, middle), items.slice(middle)];
}

function isEncoded(variable: object): boolean {
  return !('embedding' in variable);
}

/** What variables add to a body, about: at most three bytes a character. */
function bytesOf(variables: readonly object[]): number {
  return variables.reduce((sum, variable) => {
    const [value] = Object.values(variable) as [Blob | string | { readonly vector: string }];
    if (value instanceof Blob) return sum + value.size;
    if (typeof value === 'string') return sum + ('text' in variable ? 3 : 1) * value.length;
    return sum + value.vector.length;
  }, 0);
}
