import type { AttackRequest, RequestTools } from '../attack-request.ts';
import type { CaseRandom } from '../case-random.ts';
import { hostileJson, hostileString, PROTOTYPE_NAMES } from './hostile-values.ts';
import { mutateBytes } from '../mutate-bytes.ts';

const QUERY =
  'query A($f: File!) { embedImages(images: [{ upload: $f }]) { __typename ... on ItemError { code message } } }';

/** A part of a form; `head` stands behind its name. */
export interface Part {
  readonly name: string;
  readonly head?: string;
  readonly content: string;
}

/** Forms by the multipart specification of GraphQL with parts, paths, boundaries and files that are wrong. */
export function multipartRequest({ random, marker }: RequestTools): AttackRequest {
  const boundary = random.chance(0.9)
    ? 'B'
    : random.pick(['', '"', 'x'.repeat(5_000), 'B; boundary=C', '\u00e9', 'B B']);
  const text = serialize(parts(random, marker), random.chance(0.95) ? boundary : 'C');
  const whole = new TextEncoder().encode(text);
  const body = random.chance(0.4) ? mutateBytes(whole, random) : whole;
  const type = random.chance(0.95)
    ? `multipart/form-data; boundary=${asHeader(boundary)}`
    : random.pick(['multipart/form-data', 'multipart/mixed; boundary=B', 'multipart/form-data; boundary=']);
  const forged: Record<string, string> = random.chance(0.1) ? { origin: 'https://evil.example' } : {};
  return {
    method: 'POST',
    path: '/graphql',
    headers: {
      'content-type': type,
      accept: 'application/json',
      'graphql-require-preflight': '1',
      ...forged,
    },
    body,
  };
}

function parts(random: CaseRandom, marker: string): Part[] {
  const operations = random.chance(0.8)
    ? JSON.stringify({ query: QUERY, variables: { f: null, note: marker } })
    : `{"query":${JSON.stringify(QUERY)},"variables":${hostileJson(random)}}`;
  const path = random.chance(0.5) ? 'variables.f' : hostilePath(random);
  const map = random.chance(0.8)
    ? JSON.stringify({ 0: Array(random.chance(0.8) ? 1 : random.skewed(1, 3_000)).fill(path) })
    : hostileMap(random);
  const file: Part = {
    name: '0',
    head: 'filename="a.png"\r\nContent-Type: image/png',
    content: `no picture ${marker}`,
  };
  const all: Part[] = [{ name: 'operations', content: operations }, { name: 'map', content: map }, file];
  switch (random.nextInt(8)) {
    case 0:
      return all.reverse();
    case 1:
      return all.filter(() => random.chance(0.6));
    case 2:
      return [...all, random.pick(all)];
    case 3:
      return [
        ...all,
        ...Array.from({ length: random.skewed(1, 3_000) }, (_, i) => ({ ...file, name: String(i) })),
      ];
    case 4:
      return [
        ...all.slice(0, 2),
        {
          ...file,
          name: hostileString(random)
            .slice(0, 200)
            .replaceAll(/["\r\n]/g, ''),
        },
      ];
    case 5:
      return [
        ...all.slice(0, 2),
        {
          ...file,
          head: random.pick([
            '',
            'filename=""',
            `filename="${'../'.repeat(50)}a"`,
            "filename*=utf-8''%00",
            `X-A: ${'b'.repeat(20_000)}`,
          ]),
        },
      ];
    default:
      return all;
  }
}

function hostilePath(random: CaseRandom): string {
  return random.pick([
    `variables.${random.pick(PROTOTYPE_NAMES)}`,
    `variables.${random.pick(PROTOTYPE_NAMES)}.${random.pick(PROTOTYPE_NAMES)}`,
    `${random.pick(PROTOTYPE_NAMES)}.f`,
    'variables',
    'variables.',
    '.',
    '',
    'query',
    'variables.f.f',
    'variables.0',
    `variables${'.a'.repeat(random.skewed(1, 50_000))}`,
    hostileString(random),
  ]);
}

function hostileMap(random: CaseRandom): string {
  return random.pick([
    hostileJson(random),
    '{"0":"variables.f"}',
    '{"0":[1,null,{}]}',
    '{"1":["variables.f"]}',
    '{"operations":["variables.f"]}',
    `{"${random.pick(PROTOTYPE_NAMES)}":["variables.f"]}`,
    `{${Array.from({ length: random.skewed(1, 3_000) }, (_, i) => `"${i}":["variables.f"]`).join(',')}}`,
  ]);
}

export function serialize(list: readonly Part[], boundary: string): string {
  const body = list.map(({ name, head, content }) => {
    const attributes = head === undefined || head === '' ? '' : `; ${head}`;
    return `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${attributes}\r\n\r\n${content}\r\n`;
  });
  return `${body.join('')}--${boundary}--\r\n`;
}

function asHeader(text: string): string {
  // Node refuses to send other characters in a header.
  return text.replaceAll(/[^\x20-\x7e]/g, '_');
}
