import { type AttackRequest, type RequestTools, graphqlRequest } from '../attack-request.ts';
import { makePicture } from '../pictures/make-picture.ts';

const QUERY =
  'query A($i: [ImageInput!]!) { embedImages(images: $i) { __typename ... on ItemError { code message retryable } } }';

/** The pictures of the class `decoders`, through the Worker and the encoder behind it. */
export function pictureRequest({ random }: RequestTools): AttackRequest {
  const base64 = Buffer.from(makePicture(random)).toString('base64');
  const text = random.chance(0.1)
    ? `data:${random.pick(['image/png', 'text/html', ''])};base64,${base64}`
    : base64;
  return graphqlRequest(QUERY, { i: [{ base64: text }] }, { random });
}
