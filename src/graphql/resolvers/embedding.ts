import type { EmbeddingResolvers } from '../generated/resolvers.ts';

export const Embedding: EmbeddingResolvers = {
  vector({ vector }, _args, { budget }) {
    budget.spend('answerNumbers', vector.length);
    return vector;
  },
};
