import { badRequest } from './bad-request.ts';

/** Any of these, with any value, makes a browser ask first before it sends the request to another origin. */
const HEADERS = ['graphql-require-preflight', 'apollo-require-preflight', 'x-graphql-yoga-csrf'];

/**
 * A browser lets a page post a form to another site without asking that site first. Whatever can be posted so must have one of HEADERS,
 * which no form can send.
 * @throws BadRequest of status 400
 */
export function assertNotForged(request: Request, what: string): void {
  if (HEADERS.some((header) => request.headers.has(header))) return;
  throw badRequest(`Expected the header ${HEADERS[0]} with ${what}, which any page may post otherwise.`);
}
