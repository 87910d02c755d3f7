import { FIELDS_OF_ONE, type Field, type Question } from './batch-fields.ts';
import type * as api from './generated/api.ts';

const COUNTED = [
  'images',
  'texts',
  'encodedImages',
  'encodedTexts',
  'pairs',
  'urls',
  'selections',
  'bodyBytes',
  'totalImageBytes',
  'queryFields',
  'queryRootFields',
  'queryAliases',
] as const;

export type Limits = Pick<api.Limits, (typeof COUNTED)[number]>;

export const LIMITS = `query Limits{result:limits{${COUNTED.join(' ')}}}`;

/** Of a body: names, braces and the document stand beside what is counted. */
const BODY_SHARE = 0.9;

/** Whether a request of these fields is within the limits of a deployment, as far as can be told without it. */
export function isWithin(fields: readonly Field<Question>[], limits: Limits): boolean {
  const questions = fields.flatMap((field) => field.questions);
  const images = new Map(questions.flatMap(({ image }) => (image ? [[image.key, image.variable]] : [])));
  const texts = new Map(questions.flatMap(({ text }) => (text ? [[text.key, text.variable]] : [])));
  const longest = Math.max(...fields.map((field) => field.questions.length));
  const imageBytes = sum([...images.values()].map(bytesOf));
  const bytes = imageBytes + sum([...texts.values()].map(bytesOf));
  const isEncoded = (variable: object): boolean => !('embedding' in variable);
  return (
    longest <= Math.min(limits.images, limits.texts) &&
    [...images.values()].filter(isEncoded).length <= limits.encodedImages &&
    [...images.values()].filter((variable) => 'url' in variable).length <= limits.urls &&
    [...texts.values()].filter(isEncoded).length <= limits.encodedTexts &&
    questions.length <= limits.pairs &&
    new Set(questions.map(({ rules }) => rules?.selection)).size <= limits.selections &&
    imageBytes <= limits.totalImageBytes &&
    bytes <= BODY_SHARE * limits.bodyBytes &&
    fields.length * FIELDS_OF_ONE <= limits.queryFields &&
    fields.length <= Math.min(limits.queryRootFields, limits.queryAliases)
  );
}

/** Fields as requests, in order; a field that is too large for one is parted. */
export function toRequests<Asked extends Question>(
  fields: readonly Field<Asked>[],
  limits: Limits,
): Field<Asked>[][] {
  const requests: Field<Asked>[][] = [];
  let open: Field<Asked>[] = [];
  for (const field of fields.flatMap((whole) => part(whole, limits))) {
    if (open.length > 0 && !isWithin([...open, field], limits)) {
      requests.push(open);
      open = [];
    }
    open.push(field);
  }
  return open.length > 0 ? [...requests, open] : requests;
}

function part<Asked extends Question>(field: Field<Asked>, limits: Limits): Field<Asked>[] {
  const { questions } = field;
  if (questions.length === 1 || isWithin([field], limits)) return [field];
  const middle = Math.ceil(questions.length / 2);
  return [questions.slice(0, middle), questions.slice(middle)].flatMap((half) =>
    part({ ...field, questions: half }, limits),
  );
}

/** What a variable adds to a body, about: at most three bytes a character. */
function bytesOf(variable: object): number {
  const [value] = Object.values(variable) as [Blob | string | { readonly vector: string }];
  if (value instanceof Blob) return value.size;
  return typeof value === 'string' ? ('text' in variable ? 3 : 1) * value.length : value.vector.length;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
