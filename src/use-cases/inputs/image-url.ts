import ipaddr from 'ipaddr.js';
import { AppError, shorten } from '../../errors.ts';
import { nonPublicSuffix } from './internal-names.ts';

const GLOBAL_IPV6 = ipaddr.IPv6.parseCIDR('2000::/3');
/** A public address that the hosts of Azure answer inside: its agent, DNS and metadata. */
const INTERNAL_ADDRESSES: ReadonlySet<string> = new Set(['168.63.129.16']);
const MAX_URL_CHARACTERS = 2_048;

/** What a URL is held against beside what every deployment refuses. */
export interface UrlRules {
  /** This service's own host, which it never fetches from: a query in a URL would call itself. */
  readonly ownHost: string;
  /** Whether the operator lets images come from this host, which is in lower case and without a dot at its end. */
  readonly isAllowed: (host: string) => boolean;
}

/**
 * The URL to fetch an image from, once it has passed every check that needs no network. A host *name* is not resolved:
 * a Worker has no say in where its fetch connects, so a public name that points at a private address is not caught here
 * (SECURITY.md says what follows).
 * @param base the URL that redirected here, for a relative Location
 * @throws AppError URL_REFUSED naming the reason
 */
export function checkImageUrl(text: string, { ownHost, isAllowed }: UrlRules, base?: URL): URL {
  if (text.length > MAX_URL_CHARACTERS) {
    throw refused(`expected at most ${MAX_URL_CHARACTERS} characters, got ${text.length}`);
  }
  const url = URL.parse(text, base?.href);
  if (url === null) throw refused('it is not an absolute URL');
  if (url.protocol !== 'https:') throw refused(`expected https, got ${shorten(url.protocol.slice(0, -1))}`);
  if (url.username !== '' || url.password !== '') throw refused('credentials in a URL are not sent');
  if (url.port !== '') throw refused(`expected port 443, got ${url.port}`);
  // A name with a dot at its end is the same name; here as for the local ones below.
  const host = withoutDots(url.hostname);
  if (withoutDots(url.host) === withoutDots(ownHost)) throw refused('it points at this service');
  const reason = refusedHost(host);
  if (reason !== null) throw refused(reason);
  if (!isAllowed(host)) throw refused(`this service fetches no images from ${shorten(host)}`);
  return url;
}

/** Why a host is refused, or null. The URL parser has already turned decimal, octal and hexadecimal IPv4 into dots. */
function refusedHost(hostname: string): string | null {
  const host = hostname.replace(/^\[|\]$/g, '');
  if (ipaddr.isValid(host)) return refusedAddress(host);
  if (hostname.startsWith('[')) return 'the address is not public';
  if (!host.includes('.')) return 'a host of a single label is not public';
  const suffix = nonPublicSuffix(host);
  return suffix === null ? null : `names under ${suffix} are not public`;
}

/**
 * `process` unwraps IPv4-mapped IPv6. "unicast" is what remains outside every reserved range, those included that carry an IPv4
 * address (6to4, Teredo, NAT64); of IPv6 only 2000::/3 is given out, which leaves out the deprecated IPv4-compatible form
 * (::127.0.0.1) and NAT64 of a local prefix.
 */
function refusedAddress(host: string): string | null {
  const address = ipaddr.process(host);
  const range = address.range();
  const isUnicast = range === 'unicast' && !INTERNAL_ADDRESSES.has(address.toString());
  const isPublic =
    address instanceof ipaddr.IPv4
      ? isUnicast
      : isUnicast && address.match(GLOBAL_IPV6) && !isIsatap(address);
  if (isPublic) return null;
  return `the address ${host} is not public${range === 'unicast' ? '' : ` (${range})`}`;
}

/** An IPv4 address behind 0000:5efe or 0200:5efe, in any network (RFC 5214). */
function isIsatap({ parts }: ipaddr.IPv6): boolean {
  return (parts[4] & ~0x0200) === 0 && parts[5] === 0x5efe;
}

function withoutDots(host: string): string {
  return host.replace(/\.+$/, '').toLowerCase();
}

function refused(reason: string): AppError {
  return new AppError('URL_REFUSED', `The image URL is refused: ${reason}.`);
}
