import type { RowForm } from '../format/row-forms.ts';

/** As `RowEncoding` of schema.graphql. */
export const ROW_ENCODINGS = { int8: 'INT8', int4: 'INT4', sign: 'SIGN' } as const satisfies Record<
  RowForm,
  string
>;

export type RowEncoding = (typeof ROW_ENCODINGS)[RowForm];
