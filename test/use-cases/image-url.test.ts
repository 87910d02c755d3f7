import { describe, expect, it } from 'vitest';
import { readImageHosts } from '../../src/use-cases/inputs/image-hosts.ts';
import { checkImageUrl } from '../../src/use-cases/inputs/image-url.ts';

const OPEN = { ownHost: 'alignql.test', isAllowed: () => true };

/** Null for a URL that would be fetched. */
function refusal(url: string, hosts?: string): string | null {
  const isAllowed = hosts === undefined ? OPEN.isAllowed : readImageHosts({ IMAGE_HOSTS: hosts });
  try {
    checkImageUrl(url, { ...OPEN, isAllowed });
    return null;
  } catch (error) {
    expect(error).toMatchObject({ code: 'URL_REFUSED' });
    return (error as Error).message;
  }
}

/** The same host as people and attackers write it. */
const SPELLINGS: readonly ((host: string) => string)[] = [
  (host) => host,
  (host) => host.toUpperCase(),
  (host) => `${host}.`,
  (host) => `${host}..`,
  (host) => host.replaceAll('.', '%2e'),
  (host) => host.replaceAll('.', '\u3002'),
  (host) => host.replaceAll('.', '\uff0e'),
  (host) => host.replaceAll(/[a-z0-9]/g, (letter) => String.fromCodePoint(letter.charCodeAt(0) + 0xfee0)),
  (host) =>
    host.replaceAll(/[a-z0-9]/g, (letter) => `%${letter.charCodeAt(0).toString(16).padStart(2, '0')}`),
  (host) => `${host.slice(0, 1)}\u00ad${host.slice(1)}`,
];

describe('a name that is internal by convention', () => {
  const names = [
    'localhost',
    'intranet',
    'kubernetes',
    'a.localhost',
    'printer.local',
    'kubernetes.default.svc.cluster.local',
    'kubernetes.default.svc',
    'kubernetes.default',
    '10-0-0-1.default.pod',
    'metadata.google.internal',
    'metadata.azure.internal',
    'host.docker.internal',
    'ip-10-0-0-1.eu-west-1.compute.internal',
    'vm.abc.internal.cloudapp.net',
    'metadata.goog',
    'metadata.tencentyun.com',
    'nas.home.arpa',
    'ipv4only.arpa',
    'nas.lan',
    'mail.corp',
    'tv.home',
    'wiki.intranet',
    'wiki.private',
    'localhost.localdomain',
    'consul.service.consul',
    'fritz.box',
    'abc.onion',
    'a.test',
    'a.invalid',
    '127.0.0.1.nip.io',
    '10-0-0-1.sslip.io',
    'lvh.me',
    'app.localtest.me',
    'xn--4ca.internal',
    'ä.internal',
  ];
  it.each(names)('is refused in every spelling: %s', (name) => {
    for (const spell of SPELLINGS) expect(refusal(`https://${spell(name)}/a.png`)).toMatch(/not public/);
  });

  it('is told from a public one that only looks like it', () => {
    for (const name of [
      'local.example.com',
      'internal.example.com',
      'mylocalhost.com',
      'nip.io.example.com',
      'svc.example.com',
      'images.box',
      'notlvh.me',
      'cloudapp.net',
    ]) {
      expect(refusal(`https://${name}/a.png`)).toBeNull();
    }
  });
});

describe('an address', () => {
  const inside = [
    '127.0.0.1',
    '10.1.2.3',
    '169.254.169.254',
    '192.168.0.1',
    '168.63.129.16',
    '100.100.100.200',
  ];
  const hex = (address: string): string => {
    const [a, b, c, d] = address.split('.').map(Number);
    return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  };
  const inverted = (address: string): string =>
    hex(
      address
        .split('.')
        .map((part) => 255 - Number(part))
        .join('.'),
    );

  it.each(inside)('that leads inside is refused in every spelling: %s', (address) => {
    const [a, b, c, d] = address.split('.').map(Number);
    const whole = ((a * 256 + b) * 256 + c) * 256 + d;
    const notations = [
      ...SPELLINGS.slice(0, -1)
        .map((spell) => spell(address))
        .filter((text) => !text.endsWith('..')),
      String(whole),
      `0x${whole.toString(16)}`,
      `0${whole.toString(8)}`,
      `${a}.${(b * 256 + c) * 256 + d}`,
      `0${a.toString(8)}.0${b.toString(8)}.0${c.toString(8)}.0${d.toString(8)}`,
      `0x${a.toString(16)}.0x${b.toString(16)}.${c}.${d}`,
    ];
    for (const notation of notations) {
      expect(refusal(`https://${notation}/a.png`), notation).toMatch(/not public/);
    }
  });

  it.each(inside)('of version 6 that carries it is refused: %s', (address) => {
    const carriers = [
      `::ffff:${address}`,
      `::ffff:${hex(address)}`,
      `::ffff:0:${hex(address)}`,
      `::${address}`,
      `64:ff9b::${address}`,
      `64:ff9b:1::${hex(address)}`,
      `64:ff9b:1:abcd::${hex(address)}`,
      `2002:${hex(address)}::`,
      `2002:${hex(address)}::1`,
      `2001:0:${hex(address)}::`,
      `2001::${inverted(address)}`,
      `2600::5efe:${address}`,
      `2600::200:5efe:${hex(address)}`,
    ];
    for (const carrier of carriers) {
      expect(refusal(`https://[${carrier}]/a.png`), carrier).toMatch(/not public/);
      expect(refusal(`https://[${carrier.toUpperCase()}]/a.png`), carrier).toMatch(/not public/);
    }
  });

  it('that is public passes', () => {
    for (const host of ['1.1.1.1', '168.63.129.17', '[2606:4700:4700::1111]', '[::ffff:1.1.1.1]']) {
      expect(refusal(`https://${host}/a.png`)).toBeNull();
    }
  });
});

describe('the list of hosts of the operator', () => {
  it('lets its hosts through in any spelling, and no other', () => {
    const hosts = 'images.example.com, *.CDN.example.net\n93.184.216.34 bücher.example.org';
    for (const allowed of [
      'images.example.com',
      'IMAGES.example.com.',
      'a.cdn.example.net',
      'a.b.cdn.example.net',
      '0x5db8d822',
      'xn--bcher-kva.example.org',
    ]) {
      expect(refusal(`https://${allowed}/a.png`, hosts), allowed).toBeNull();
    }
    for (const other of [
      'example.com',
      'a.images.example.com',
      'cdn.example.net',
      'evilcdn.example.net',
      'images.example.com.evil.org',
      '93.184.216.35',
    ]) {
      expect(refusal(`https://${other}/a.png`, hosts), other).toMatch(/fetches no images from/);
    }
  });

  it('does not open what is not public', () => {
    expect(refusal('https://metadata.google.internal/', '*.google.internal')).toMatch(/not public/);
    expect(refusal('https://10.0.0.1/', '10.0.0.1')).toMatch(/not public/);
  });

  it('may be none, or all', () => {
    expect(refusal('https://images.example.com/a.png', 'none')).toMatch(/fetches no images from/);
    expect(refusal('https://images.example.com/a.png', '*')).toBeNull();
  });

  it.each([
    '',
    ' , ',
    'https://images.example.com',
    'images.example.com/a',
    'a.example.com:443',
    '*.com',
    'a.*.com',
    '*, a.example.com',
    'b@a.example.com',
    '1.2.3.4.5',
  ])('is refused where an entry is no host: %j', (hosts) => {
    expect(() => readImageHosts({ IMAGE_HOSTS: hosts })).toThrow(/^IMAGE_HOSTS has /);
  });
});
