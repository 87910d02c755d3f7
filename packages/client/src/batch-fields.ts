import type { Asked, FieldName } from './fields.ts';
import type { ImageVariable, TextVariable } from './inputs.ts';

/** What a call gave, as it was then: the caller may change a buffer, a vector or a URL for the next call. */
interface Part<Variable> {
  /** The same for the same picture or text, and for no other. */
  readonly key: unknown;
  readonly variable: Variable;
}

export function partOf<Variable extends ImageVariable | TextVariable>(
  variable: Variable | undefined,
): Part<Variable> | undefined {
  const { upload, base64 } = { ...variable } as { readonly upload?: Blob; readonly base64?: string };
  return variable && { key: upload ?? base64 ?? JSON.stringify(variable), variable };
}

/** What a call asks: `align` about both, `embed` about one. */
export interface QuestionVariables {
  readonly image?: ImageVariable;
  readonly text?: TextVariable;
}

export interface Question {
  readonly image?: Part<ImageVariable> | undefined;
  readonly text?: Part<TextVariable> | undefined;
  readonly rules?: { readonly selection?: string | undefined; readonly baseRate?: number | undefined };
}

/** One field of a request, which answers one question or many. */
export interface Field<Asking extends Question> {
  readonly name: FieldName;
  /** In the order of the field's list. */
  readonly questions: readonly Asking[];
}

/**
 * As few fields as answer all questions: those about one image are a ranking of texts, those about one text a ranking of images,
 * which give the same numbers as `align` does, pair by pair.
 */
export function toFields<Asking extends Question>(questions: readonly Asking[]): Field<Asking>[] {
  const fields: Field<Asking>[] = [];
  const add = (name: FieldName, asking: readonly Asking[]): void => {
    if (asking.length > 0) fields.push({ name, questions: asking });
  };
  add(
    'embedTexts',
    questions.filter(({ image }) => !image),
  );
  add(
    'embedImages',
    questions.filter(({ text }) => !text),
  );
  let pairs = questions.filter(({ image, text }) => image && text);
  for (const [part, name] of [
    ['image', 'rankTexts'],
    ['text', 'rankImages'],
  ] as const) {
    const groups = groupBy(pairs, part);
    for (const group of groups) if (group.length > 1) add(name, group);
    pairs = groups.filter(({ length }) => length === 1).flat();
  }
  for (const pair of pairs) add('align', [pair]);
  return fields;
}

/** @returns the questions that share their `part` and rules, together */
function groupBy<Asking extends Question>(questions: readonly Asking[], part: 'image' | 'text'): Asking[][] {
  /** A picture's key may be long, or a Blob. */
  const ids = new Map<unknown, number>();
  const groups = new Map<string, Asking[]>();
  for (const question of questions) {
    const key = question[part]?.key;
    const id = ids.get(key) ?? ids.size;
    ids.set(key, id);
    const group = JSON.stringify([id, question.rules?.selection, question.rules?.baseRate]);
    groups.set(group, [...(groups.get(group) ?? []), question]);
  }
  return [...groups.values()];
}

export function toAsked({ name, questions }: Field<Question>): Asked {
  const [{ image, text, rules }] = questions;
  const values = {
    ...rules,
    image: image?.variable,
    text: text?.variable,
    images: questions.map((question) => question.image?.variable),
    texts: questions.map(({ text: part }) =>
      name === 'embedTexts' ? (part?.variable as { readonly text: string }).text : part?.variable,
    ),
  };
  return { name, values };
}
