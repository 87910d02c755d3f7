import { badRequest } from './bad-request.ts';
import { assertNotForged } from './preflight.ts';
import { assertFew } from './request-structure.ts';

const latin1 = new TextDecoder('latin1');

/**
 * The parts of a multipart/form-data body.
 * @param maxParts parts at most
 * @throws BadRequest where any page could have posted it, for too many parts, for what is no such body
 */
export async function readForm(request: Request, maxParts: number): Promise<FormData> {
  assertNotForged(request, 'multipart/form-data');
  const bytes = await request.arrayBuffer();
  // Every part has one, whatever the boundary is; the bytes of pictures seldom do.
  assertFew(latin1.decode(bytes).toLowerCase(), 'content-disposition:', maxParts, 'parts');
  try {
    return await new Response(bytes, { headers: request.headers }).formData();
  } catch {
    throw badRequest('The body is no multipart/form-data.');
  }
}
