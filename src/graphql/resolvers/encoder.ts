import type { QueryField } from './query-field.ts';

export const encoder: QueryField<'encoder'> = (_root, _args, { encoders }) => {
  const { info, logits } = encoders();
  const { id, dim, fingerprint } = info;
  return { __typename: 'Encoder', id, dim, fingerprint, logitScale: logits.scale, logitBias: logits.bias };
};
