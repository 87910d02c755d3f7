import * as v from 'valibot';

/** What REST answers where it fails: application/problem+json (RFC 9457). A type at run time, and part of /openapi.json. */
export const problemSchema = v.strictObject({
  type: v.literal('about:blank'),
  title: v.pipe(v.string(), v.description('The name of the status.')),
  status: v.pipe(v.number(), v.integer()),
  detail: v.pipe(
    v.string(),
    v.description('For people: what was expected and what came. Not stable; branch on `code`.'),
  ),
  code: v.pipe(v.string(), v.description('As `ErrorCode` of schema.graphql.')),
  retryable: v.pipe(v.boolean(), v.description('Whether the same request may succeed later, unchanged.')),
  retryAfterSeconds: v.exactOptional(
    v.pipe(
      v.number(),
      v.integer(),
      v.description('Seconds before which asking again cannot help; left out where that is not known.'),
    ),
  ),
  requestId: v.exactOptional(v.pipe(v.string(), v.description('As the header `x-request-id`.'))),
});

export type ProblemBody = v.InferOutput<typeof problemSchema>;
