/** What a person can do about an error of wrangler, whatever it was asked for. */
export const ACCOUNT_HINTS: readonly (readonly [RegExp, string])[] = [
  [
    /CLOUDFLARE_API_TOKEN|not logged in|wrangler login/i,
    'wrangler is not logged in. Run `npx wrangler login`, or set CLOUDFLARE_API_TOKEN, and try again.',
  ],
  [
    /Authentication error|Unable to authenticate|Invalid (access|API) token|\[code: (9109|10000)\]| - 40[13]\b/i,
    'the account refused the credentials. The token needs "Workers KV Storage: Edit", and to deploy "Workers Scripts: Edit"; check CLOUDFLARE_API_TOKEN and CLOUDFLARE_ACCOUNT_ID.',
  ],
  [
    /Unable to resolve|ENOTFOUND|ECONNREFUSED|ENETUNREACH|EAI_AGAIN|fetch failed|network (error|connection lost)/i,
    "Cloudflare's API is out of reach. Check the network.",
  ],
];

/** The first hint whose pattern the error has; null when there is none. */
export function hintFor(
  detail: string,
  hints: readonly (readonly [RegExp, string])[] = ACCOUNT_HINTS,
): string | null {
  return hints.find(([pattern]) => pattern.test(detail))?.[1] ?? null;
}

/** The text after wrangler's "[ERROR]", without colours; the whole text where there is no such mark. */
export function errorOf(stderr: string): string {
  // eslint-disable-next-line no-control-regex
  const plain = stderr.replace(/\u001b\[[0-9;]*m/g, '').trim();
  const [, error] = plain.split('[ERROR]', 2);
  return (error ?? plain).trim().replace(/\s+/g, ' ').slice(0, 500);
}
