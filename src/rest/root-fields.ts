import type { AskedHeat } from '../use-cases/heat-passes.ts';
import type { Scope } from '../access/caller.ts';

export type Values = Readonly<Record<string, unknown>>;

/** What an operation is asked at. */
export interface Terms {
  /** In the units of `@cost`. */
  readonly cost: number;
  /** What its texts take to encode, in pixel passes. */
  readonly textPasses: number;
  readonly heats: readonly AskedHeat[];
  /** Why it is not answered whoever asks; null where nothing is in the way. */
  readonly refusal: string | null;
  /** What the caller must have. */
  readonly scopes: ReadonlySet<Scope>;
}

/**
 * The root fields of schema.graphql for whoever asks them without a document: arguments are read by their types, and the price is
 * that of the operation that asks for everything the field gives.
 */
export interface RootFields {
  /**
   * The arguments, with defaults. A text may stand in place of a `TextInput`.
   * @param given JSON of an object, unchecked
   * @throws AppError BAD_INPUT naming the argument
   */
  readonly readArguments: (field: string, given: unknown) => Values;
  /**
   * The same of a form: a file is an upload, a text of a `TextInput` is that text, other objects are JSON, a list is a part an element.
   * @throws AppError BAD_INPUT, BadRequest for a part that is not JSON
   */
  readonly readForm: (field: string, form: FormData) => Values;
  /** @param asked fields with arguments that are read; together they are one operation */
  readonly termsOf: (asked: readonly (readonly [field: string, args: Values])[], maxCost: number) => Terms;
}
