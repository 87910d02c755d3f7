import { createSchema, createYoga } from 'graphql-yoga';
import typeDefs from '../../../schema.graphql';
import { constants } from './constants.ts';

/** The rival: yoga as it comes, with our schema and no plugin of ours, whose resolvers return constants. */
const yoga = createYoga({ schema: createSchema({ typeDefs, resolvers: { Query: constants } }) });

export default { fetch: (request: Request): Response | Promise<Response> => yoga.fetch(request) };
