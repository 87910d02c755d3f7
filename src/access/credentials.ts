/** Where Access puts the token of every request that it lets pass. */
const ACCESS_HEADER = 'cf-access-jwt-assertion';
/** The same in a browser's cookie. */
const ACCESS_COOKIE = /(?:^|; ?)CF_Authorization=([^;]+)/;

/** The token of Cloudflare Access that a request brings; null where it brings none. */
export function accessTokenOf({ headers }: Request): string | null {
  return headers.get(ACCESS_HEADER) ?? ACCESS_COOKIE.exec(headers.get('cookie') ?? '')?.[1] ?? null;
}

/** Whether a request brings anything by which it says who asks: a key, or a token in any place where one is looked for. */
export function showsCredentials(request: Request): boolean {
  return request.headers.has('authorization') || accessTokenOf(request) !== null;
}
