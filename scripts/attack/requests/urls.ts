import { type AttackRequest, type RequestTools, graphqlRequest } from '../attack-request.ts';
import type { CaseRandom } from '../case-random.ts';
import { hostileString } from './hostile-values.ts';

const QUERY = `query A($i: [ImageInput!]!) { embedImages(images: $i) { __typename ... on ItemError { code message retryable } } }`;
/** Nothing here may ever be fetched, so that the attack reaches no network. */
const ADDRESSES = [
  '127.0.0.1',
  '10.0.0.1',
  '169.254.169.254',
  '192.168.1.1',
  '172.16.0.1',
  '100.64.0.1',
  '168.63.129.16',
  '0.0.0.0',
  '224.0.0.1',
  '255.255.255.255',
  '198.18.0.1',
  '192.0.2.1',
];
const NAMES = [
  'localhost',
  'metadata.google.internal',
  'kubernetes.default.svc',
  'kubernetes.default.svc.cluster.local',
  'printer.local',
  'nas.lan',
  'nas.home.arpa',
  'wiki.corp',
  'tv.home',
  'host.docker.internal',
  'intranet',
  'a.intranet',
  'metadata.goog',
  'fritz.box',
  'a.test',
  'a.onion',
  '127.0.0.1.nip.io',
  'a.lvh.me',
  'consul.service.consul',
  'a.localdomain',
  'mail.private',
  'a.invalid',
];

type Spelling = (host: string, random: CaseRandom) => string;
const SPELLINGS: readonly Spelling[] = [
  (host) => host,
  (host) => host.toUpperCase(),
  (host) => `${host}.`,
  (host) => host.replaceAll('.', '%2e'),
  (host, random) => host.replaceAll('.', random.pick(['\u3002', '\uff0e', '\uff61'])),
  (host) => host.replaceAll(/[a-z0-9]/g, (letter) => String.fromCodePoint(letter.charCodeAt(0) + 0xfee0)),
  (host) => host.replaceAll(/[a-z0-9]/g, (letter) => `%${letter.charCodeAt(0).toString(16)}`),
  (host, random) => {
    const at = 1 + random.nextInt(host.length - 1);
    return `${host.slice(0, at)}\u00ad${host.slice(at)}`;
  },
];

function address(random: CaseRandom): string {
  const plain = random.pick(ADDRESSES);
  const [a, b, c, d] = plain.split('.').map(Number);
  const whole = ((a * 256 + b) * 256 + c) * 256 + d;
  const hex = `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  return random.pick([
    random.pick(SPELLINGS.slice(0, 7))(plain, random),
    String(whole),
    `0x${whole.toString(16)}`,
    `0${whole.toString(8)}`,
    `${a}.${(b * 256 + c) * 256 + d}`,
    `0${a.toString(8)}.0x${b.toString(16)}.${c}.${d}`,
    `[::ffff:${plain}]`,
    `[::ffff:0:${hex}]`,
    `[::${hex}]`,
    `[64:ff9b::${plain}]`,
    `[64:ff9b:1::${hex}]`,
    `[2002:${hex}::1]`,
    `[2001:0:${hex}::1]`,
    `[2600::5efe:${plain}]`,
    random.pick([
      '[::1]',
      '[::]',
      '[fd00:ec2::254]',
      '[fe80::1]',
      '[fec0::1]',
      '[ff02::1]',
      '[2001:db8::1]',
      '[3fff::1]',
    ]),
  ]);
}

/** No URL of these may be fetched: each is refused before anything is sent. */
function refusedUrl(random: CaseRandom, marker: string): string {
  const name = random.chance(0.5) ? random.pick(SPELLINGS)(random.pick(NAMES), random) : address(random);
  const path = `/${marker}.png`;
  switch (random.nextInt(12)) {
    case 0:
      return `${random.pick(['http', 'ftp', 'file', 'gopher', 'data', 'javascript', 'blob', 'ws', 'about', 'HTTP', 'ht\ttp'])}://${name}${path}`;
    case 1:
      return `https://${random.pick(['user', 'user:pass', ':', 'images.example.com', 'a%40b'])}@${name}${path}`;
    case 2:
      return `https://${name}:${random.pick(['80', '22', '8787', '65536', '0', '443 ', 'x', '00443'])}${path}`;
    case 3:
      return `https:${random.pick(['', '/', '\\\\', '///', '\\/', '\t//'])}${name}${path}`;
    case 4:
      return `https://${name}${path}${'a'.repeat(random.skewed(1, 200_000))}`;
    case 5:
      return `https://${random.pick(['images.example.com', 'cdn.example.org'])}#@${name}/`
        .replace('https://images', 'http://images')
        .replace('https://cdn', 'http://cdn');
    case 6:
      return random.pick([
        '//',
        '',
        '/a.png',
        'a.png',
        '?a',
        'https',
        'https:',
        'https://',
        'https://%',
        'https://[',
        'https://[::1',
        'https://a b/',
        'https://\u0000/',
      ]);
    case 7:
      return `https:/\n/${name}${path}`;
    default:
      return `https://${name}${path}`;
  }
}

/** Image URLs that lead inside, in every spelling; and texts that are no URL. */
export function urlRequest({ random, marker }: RequestTools): AttackRequest {
  const codes = ['URL_REFUSED', 'BAD_INPUT', 'LIMIT_EXCEEDED'];
  if (random.chance(0.05)) {
    const url = random.pick([null, 1, [], {}, true, `\u0001${hostileString(random)}`]);
    return graphqlRequest(QUERY, { i: [{ url }] }, { random, codes });
  }
  const count = random.chance(0.1) ? random.skewed(2, 40) : 1;
  const i = Array.from({ length: count }, () => ({ url: refusedUrl(random, marker) }));
  return graphqlRequest(QUERY, { i }, { random, codes });
}
