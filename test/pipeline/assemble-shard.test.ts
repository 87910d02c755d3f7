import { expect, it } from 'vitest';
import { assembleShard } from '../../src/pipeline/assemble-shard.ts';
import { encodePart } from '../../src/pipeline/embedding-part.ts';
import { dataKeys, runKeys } from '../../src/pipeline/keys.ts';
import { memoryBucket } from './memory-bucket.ts';

const RUN = '0'.repeat(32);
const HASH = '1'.repeat(32);

it('joins a shard of more parts than R2 deletes at once, and leaves none of them', async () => {
  const { bucket, keys } = memoryBucket();
  const parts = 1_001;
  for (let part = 0; part < parts; part++) {
    const rows = [{ where: '', image: `${part}.png`, caption: '' }];
    const bytes = encodePart({
      rows,
      skipped: [],
      images: Float32Array.of(part, 1),
      texts: Float32Array.of(1, part),
    });
    await bucket.put(dataKeys.part(HASH, part), bytes);
  }
  const encoder = { id: 'test', fingerprint: 'test', dim: 2 };
  await assembleShard(bucket, { encoder }, { kind: 'assemble', run: RUN, shard: 0, hash: HASH, parts });
  expect(keys().filter((key) => key.startsWith(dataKeys.parts(HASH)))).toEqual([]);
  expect((await bucket.head(runKeys.shard(RUN, 0)))?.customMetadata).toMatchObject({ pairs: String(parts) });
});
