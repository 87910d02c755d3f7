import { ALIGNMENT, EMBEDDING, RANKING } from './documents.ts';
import type { ImageVariable, TextVariable } from './inputs.ts';

/** What a call gave, as it was then: the caller may change a buffer, a vector or a URL for the next call. */
interface Part<Variable> {
  /** The same for the same picture or text, and for no other. */
  readonly key: unknown;
  readonly variable: Variable;
}

export function partOf<Variable extends ImageVariable | TextVariable>(variable: Variable): Part<Variable> {
  const { upload, base64 } = variable as { readonly upload?: Blob; readonly base64?: string };
  return { key: upload ?? base64 ?? JSON.stringify(variable), variable };
}

/** What a call asks: `align` has both parts and its rules, `embed` has one. */
export interface Question {
  readonly image?: Part<ImageVariable>;
  readonly text?: Part<TextVariable>;
  readonly rules?: { readonly selection?: string | undefined; readonly baseRate?: number | undefined };
}

type FieldName = 'align' | 'rankTexts' | 'rankImages' | 'embedTexts' | 'embedImages';

/** One field of a request, which answers one question or many. */
export interface Field<Asked extends Question> {
  readonly name: FieldName;
  /** In the order of the field's list. */
  readonly questions: readonly Asked[];
}

/** Arguments by field: their types, and what of the questions each holds. */
const ARGUMENTS: Readonly<Record<FieldName, Readonly<Record<string, string>>>> = {
  align: { image: 'ImageInput!', text: 'TextInput!' },
  rankTexts: { image: 'ImageInput!', texts: '[TextInput!]!' },
  rankImages: { text: 'TextInput!', images: '[ImageInput!]!' },
  embedTexts: { texts: '[String!]!' },
  embedImages: { images: '[ImageInput!]!' },
};
const RULES = { selection: 'String!="default"', baseRate: 'Float' };

/**
 * As few fields as answer all questions: those about one image are a ranking of texts, those about one text a ranking of images,
 * which give the same numbers as `align` does, pair by pair.
 */
export function toFields<Asked extends Question>(questions: readonly Asked[]): Field<Asked>[] {
  const fields: Field<Asked>[] = [];
  const embedded = (name: FieldName, asked: readonly Asked[]): void => {
    if (asked.length > 0) fields.push({ name, questions: asked });
  };
  const pairs = questions.filter(({ image, text }) => image && text);
  embedded(
    'embedTexts',
    questions.filter(({ image }) => !image),
  );
  embedded(
    'embedImages',
    questions.filter(({ text }) => !text),
  );
  const rest = takeGroups(pairs, 'image', (group) => fields.push({ name: 'rankTexts', questions: group }));
  const single = takeGroups(rest, 'text', (group) => fields.push({ name: 'rankImages', questions: group }));
  for (const question of single) fields.push({ name: 'align', questions: [question] });
  return fields;
}

/** @returns the questions that share their `part` and rules with no other */
function takeGroups<Asked extends Question>(
  questions: readonly Asked[],
  part: 'image' | 'text',
  take: (group: readonly Asked[]) => void,
): Asked[] {
  const groups = new Map<unknown, Map<string, Asked[]>>();
  for (const question of questions) {
    const ofPart = groups.get(question[part]?.key) ?? new Map<string, Asked[]>();
    const rules = JSON.stringify([question.rules?.selection, question.rules?.baseRate]);
    groups.set(question[part]?.key, ofPart.set(rules, [...(ofPart.get(rules) ?? []), question]));
  }
  const all = [...groups.values()].flatMap((ofPart) => [...ofPart.values()]);
  for (const group of all) if (group.length > 1) take(group);
  return all.filter(({ length }) => length === 1).flat();
}

/** Fields that one field asks at most, with its fragment: what `limits.queryFields` counts. */
export const FIELDS_OF_ONE = 32;

/** The document of a request whose field k is `f0`, `f1`, … */
export function toDocument(fields: readonly Field<Question>[]): string {
  const types = new Set<string>();
  const declared: string[] = [];
  const body = fields.map(({ name }, k) => {
    const isEmbed = name.startsWith('embed');
    const parameters = Object.entries({ ...ARGUMENTS[name], ...(isEmbed ? {} : RULES) });
    declared.push(...parameters.map(([argument, type]) => `$${argument}${k}:${type}`));
    const type = isEmbed ? 'Embedding' : name === 'align' ? 'Alignment' : 'Ranking';
    types.add(type);
    return `f${k}:${name}(${parameters.map(([argument]) => `${argument}:$${argument}${k}`).join(',')}){...${type}}`;
  });
  const fragments = { Alignment: ALIGNMENT, Ranking: RANKING, Embedding: EMBEDDING };
  const used = Object.entries(fragments).filter(([type]) => types.has(type));
  return `query Batch(${declared.join(',')}){${body.join(' ')}}${used
    .map(([type, selected]) => `fragment ${type} on ${type}Result${selected}`)
    .join('')}`;
}

export function toVariables(fields: readonly Field<Question>[]): Record<string, unknown> {
  const variables: Record<string, unknown> = {};
  fields.forEach(({ name, questions }, k) => {
    const [{ image, text, rules }] = questions;
    const values: Readonly<Record<string, unknown>> = {
      image: image?.variable,
      text: text?.variable,
      images: questions.map((question) => question.image?.variable),
      texts: questions.map(({ text: part }) =>
        name === 'embedTexts' ? (part?.variable as { readonly text: string }).text : part?.variable,
      ),
    };
    for (const argument of Object.keys(ARGUMENTS[name])) variables[argument + k] = values[argument];
    variables[`selection${k}`] = rules?.selection;
    variables[`baseRate${k}`] = rules?.baseRate;
  });
  return variables;
}
