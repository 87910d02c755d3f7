import type { QueryField } from './query-field.ts';

export const encoder: QueryField<'encoder'> = (_root, _args, { encoders }) => {
  const { id, dim, fingerprint } = encoders().info;
  return { __typename: 'Encoder', id, dim, fingerprint };
};
