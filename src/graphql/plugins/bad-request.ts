import { GraphQLError } from 'graphql';

/** A mistake of HTTP, before there is a GraphQL request: its status holds whatever the client accepts. */
export function badRequest(
  message: string,
  {
    status = 400,
    code = 'BAD_REQUEST',
    headers,
  }: {
    readonly status?: number;
    readonly code?: string;
    readonly headers?: Readonly<Record<string, string>>;
  } = {},
): GraphQLError {
  const http = headers === undefined ? { status } : { status, headers };
  return new GraphQLError(message, { extensions: { code, http } });
}
