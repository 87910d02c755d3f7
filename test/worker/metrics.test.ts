import { describe, expect, it } from 'vitest';
import { isolateWith, putKey, query } from './access-setup.ts';
import { embedding, fullModel, publish, recordOf } from './setup.ts';

const ALIGN = `query ($image: ImageInput!, $text: TextInput!) {
  align(image: $image, text: $text, selection: "counted") { ... on Alignment { score } ... on ItemError { code } }
}`;

describe('/metrics', () => {
  it('shows what the isolate has answered', async () => {
    const id = await publish('counted', recordOf(fullModel));
    const ask = isolateWith({ EMBEDDING_CACHE: 'isolate', COMMIT: 'abc"\\' });
    const good = { image: embedding([1, 0, 0, 0]), text: embedding([0, 1, 0, 0]) };
    await ask('/graphql', query(ALIGN, null, good));
    await ask('/graphql', query(ALIGN, null, good));
    await ask('/graphql', query(ALIGN, null, { ...good, text: embedding([1, 2]) }));
    await ask('/graphql', query('{ nothing }', null));
    const embed = query('{ embedTexts(texts: ["a fox to count"]) { ... on Embedding { dim } } }', null);
    await ask('/graphql', embed);
    await ask('/graphql', embed);
    const response = await ask('/metrics');
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const text = await response.text();
    for (const line of [
      'alignql_requests_total{route="graphql",status="200"} 6',
      'alignql_errors_total{code="BAD_VECTOR"} 1',
      'alignql_errors_total{code="GRAPHQL_VALIDATION_FAILED"} 1',
      `alignql_record_requests_total{record="${id}"} 3`,
      'alignql_embeddings_total{source="isolate"} 1',
      'alignql_embeddings_total{source="encoded"} 1',
      'alignql_encode_duration_seconds_count{modality="text"} 1',
      'alignql_request_duration_seconds_bucket{route="graphql",le="+Inf"} 6',
    ]) {
      expect(text.split('\n')).toContain(line);
    }
    expect(text).toContain('commit="abc\\"\\\\"');
  });

  it('is for who may administer', async () => {
    const ask = isolateWith({ AUTH: 'keys' });
    const statusFor = async (headers: Record<string, string>): Promise<number> =>
      (await ask('/metrics', { headers })).status;
    const reader = await putKey({ scopes: ['read', 'encode'] });
    const admin = await putKey({ scopes: ['admin'] });
    expect(await statusFor({})).toBe(401);
    expect(await statusFor({ authorization: `Bearer ${reader.text}` })).toBe(403);
    expect(await statusFor({ authorization: `Bearer ${admin.text}` })).toBe(200);
    expect(
      (await ask('/metrics', { method: 'POST', headers: { authorization: `Bearer ${admin.text}` } })).status,
    ).toBe(405);
  });

  it('goes to Analytics Engine too, a point a request', async () => {
    const points: { indexes: string[]; blobs: string[]; doubles: number[] }[] = [];
    const METRICS = { writeDataPoint: (point: (typeof points)[number]) => void points.push(point) };
    const ask = isolateWith({ METRICS, COMMIT: 'abc' });
    await ask('/health');
    await ask('/graphql', { ...query('query Fails { nothing }', null) });
    expect(points.map(({ indexes, blobs }) => [indexes[0], blobs[0], blobs[2], blobs[4], blobs[7]])).toEqual([
      ['open', 'health', '200', '', 'abc'],
      ['open', 'graphql', '200', 'GRAPHQL_VALIDATION_FAILED', 'abc'],
    ]);
  });
});
