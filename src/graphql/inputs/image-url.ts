import ipaddr from 'ipaddr.js';
import { AppError, shorten } from '../../errors.ts';

/** Names that resolve inside a network and not in the public DNS (RFC 6761, 6762, 7686, 8375; ICANN's .internal; common use). */
const LOCAL_SUFFIXES = [
  'localhost',
  'localdomain',
  'local',
  'internal',
  'intranet',
  'lan',
  'home',
  'corp',
  'private',
  'home.arpa',
  'onion',
  'test',
  'invalid',
];
const GLOBAL_IPV6 = ipaddr.IPv6.parseCIDR('2000::/3');
const MAX_URL_CHARACTERS = 2_048;

/**
 * The URL to fetch an image from, once it has passed every check that needs no network. A host *name* is not resolved:
 * a Worker has no say in where its fetch connects, so a public name that points at a private address is not caught here
 * (docs/graphql.md says what follows).
 * @param base the URL that redirected here, for a relative Location
 * @param ownHost this service's own host, which it never fetches from: a query in a URL would call itself
 * @throws AppError URL_REFUSED naming the reason
 */
export function checkImageUrl(text: string, ownHost: string, base?: URL): URL {
  if (text.length > MAX_URL_CHARACTERS) {
    throw refused(`expected at most ${MAX_URL_CHARACTERS} characters, got ${text.length}`);
  }
  const url = URL.parse(text, base?.href);
  if (url === null) throw refused('it is not an absolute URL');
  if (url.protocol !== 'https:') throw refused(`expected https, got ${shorten(url.protocol.slice(0, -1))}`);
  if (url.username !== '' || url.password !== '') throw refused('credentials in a URL are not sent');
  if (url.port !== '') throw refused(`expected port 443, got ${url.port}`);
  // A name with a dot at its end is the same name; here as for the local ones below.
  if (withoutDots(url.host) === withoutDots(ownHost)) throw refused('it points at this service');
  const reason = refusedHost(url.hostname);
  if (reason !== null) throw refused(reason);
  return url;
}

/** Why a host is refused, or null. The URL parser has already turned decimal, octal and hexadecimal IPv4 into dots. */
function refusedHost(hostname: string): string | null {
  const host = withoutDots(hostname.replace(/^\[|\]$/g, ''));
  if (ipaddr.isValid(host)) {
    // `process` unwraps IPv4-mapped IPv6. "unicast" is what remains outside every reserved range; of IPv6 only
    // 2000::/3 is given out, which leaves out the deprecated IPv4-compatible form (::127.0.0.1).
    const address = ipaddr.process(host);
    const range = address.range();
    const isPublic = range === 'unicast' && (address instanceof ipaddr.IPv4 || address.match(GLOBAL_IPV6));
    return isPublic ? null : `the address ${host} is not public (${range})`;
  }
  if (hostname.startsWith('[')) return 'the address is not public';
  if (!host.includes('.')) return 'a host of a single label is not public';
  const suffix = LOCAL_SUFFIXES.find((local) => host === local || host.endsWith(`.${local}`));
  return suffix === undefined ? null : `names under .${suffix} are not public`;
}

function withoutDots(host: string): string {
  return host.replace(/\.+$/, '').toLowerCase();
}

function refused(reason: string): AppError {
  return new AppError('URL_REFUSED', `The image URL is refused: ${reason}.`);
}
