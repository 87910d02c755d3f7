import type { QueryResolvers } from '../generated/resolvers.ts';

/** The resolver of a root field. */
export type QueryField<Name extends keyof QueryResolvers> = NonNullable<QueryResolvers[Name]>;
