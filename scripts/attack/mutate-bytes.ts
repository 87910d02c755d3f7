import type { CaseRandom } from './case-random.ts';

/** Values at which counters and lengths turn. */
const EDGES = [0, 1, 2, 0x7f, 0x80, 0xff, 0xfe, 0x10, 0x40] as const;

/** The bytes with some changed, cut out, doubled, swapped, put in or cut off, one to six times. */
export function mutateBytes(bytes: Uint8Array, random: CaseRandom): Uint8Array {
  let mutated = bytes;
  for (let times = random.skewed(1, 6); times > 0; times--) mutated = mutateOnce(mutated, random);
  return mutated;
}

function mutateOnce(bytes: Uint8Array, random: CaseRandom): Uint8Array {
  if (bytes.length === 0) return Uint8Array.of(random.nextInt(256));
  const at = random.nextInt(bytes.length);
  const end = Math.min(bytes.length, at + random.skewed(1, 64));
  switch (random.nextInt(9)) {
    case 0:
      return replaced(bytes, at, at + 1, Uint8Array.of(bytes[at] ^ (1 << random.nextInt(8))));
    case 1:
      return replaced(bytes, at, at + 1, Uint8Array.of(random.pick(EDGES)));
    case 2:
      return replaced(bytes, at, Math.min(bytes.length, at + 4), edgeNumber(random));
    case 3:
      return replaced(bytes, at, end, new Uint8Array());
    case 4:
      return replaced(bytes, at, at, bytes.slice(at, end));
    case 5:
      return replaced(
        bytes,
        at,
        at,
        Uint8Array.from({ length: random.skewed(1, 32) }, () => random.nextInt(256)),
      );
    case 6:
      return replaced(bytes, at, end, new Uint8Array(end - at).fill(random.pick(EDGES)));
    case 7:
      return bytes.slice(0, at);
    default: {
      // Headers are where structure is.
      const early = random.nextInt(Math.min(bytes.length, 64));
      return replaced(bytes, early, early + 1, Uint8Array.of(random.nextInt(256)));
    }
  }
}

/** 32 bits of either order that lengths overflow by. */
function edgeNumber(random: CaseRandom): Uint8Array {
  const view = new DataView(new ArrayBuffer(4));
  const value = random.pick([
    0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffff0, 0x10000, 0xffff, 0x01000000,
  ]);
  view.setUint32(0, value, random.chance(0.5));
  return new Uint8Array(view.buffer);
}

/** A copy with [from, to) replaced. */
export function replaced(bytes: Uint8Array, from: number, to: number, by: Uint8Array): Uint8Array {
  const copy = new Uint8Array(from + by.length + bytes.length - to);
  copy.set(bytes.subarray(0, from));
  copy.set(by, from);
  copy.set(bytes.subarray(to), from + by.length);
  return copy;
}
