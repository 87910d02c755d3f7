/** A `@cost` of schema.graphql, in its units. */
export interface Cost {
  readonly weight: number;
  /** Added for every 1,000 characters or bytes. */
  readonly perKilobyte?: number;
  /** Characters or bytes that are counted of one value. */
  readonly upTo?: number;
  /** List arguments: it counts once for every combination of their elements. */
  readonly times?: readonly string[];
  /** Of an argument: fields of what its field gives; without any of them what is given costs nothing. */
  readonly ifAsked?: readonly string[];
}

/** A `@listSize` of schema.graphql. */
export interface ListSize {
  readonly assumedSize?: number;
  readonly slicingArguments?: readonly string[];
  /** Of the type that the field gives; without it the size is the field's own. */
  readonly sizedFields?: readonly string[];
}

/** What is declared on a field of an object type or of an input type, or on a value of an enum. */
export interface FieldCost {
  readonly costs: readonly Cost[];
  /** By argument, where one declares something. */
  readonly args?: Readonly<Record<string, readonly Cost[]>>;
  readonly listSize?: ListSize;
}

/**
 * Of an object type or an input type, by field, without those that cost what a field costs by default, and nothing else; of an enum, by
 * value, without those that declare nothing.
 */
export type TypeCosts = Readonly<Record<string, FieldCost | undefined>>;

export interface CostTable {
  /** Of every operation, beside its fields. */
  readonly operation: number;
  /** Of a field that is not in `types`. */
  readonly field: number;
  /** By type. */
  readonly types: Readonly<Record<string, TypeCosts | undefined>>;
}
