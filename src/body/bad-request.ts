/** A mistake of HTTP, before it is known what is asked. Every route words it in its own shape. */
export class BadRequest extends Error {
  readonly status: number;
  /** An ErrorCode of schema.graphql, BAD_REQUEST, or one of GraphQL over HTTP's own. */
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(message: string, status: number, code: string, headers: Readonly<Record<string, string>>) {
    super(message);
    this.name = 'BadRequest';
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

/** 400 and BAD_REQUEST, unless it is said otherwise. */
export function badRequest(
  message: string,
  {
    status = 400,
    code = 'BAD_REQUEST',
    headers = {},
  }: {
    readonly status?: number;
    readonly code?: string;
    readonly headers?: Readonly<Record<string, string>>;
  } = {},
): BadRequest {
  return new BadRequest(message, status, code, headers);
}
