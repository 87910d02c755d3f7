import { UserError } from '../../cli/user-error.ts';

/** How an account's REST API is reached. */
export interface VectorizeAccess {
  /** Without a slash at the end; another one than Cloudflare's for a stand-in. */
  readonly baseUrl: string;
  readonly accountId: string;
  /** A secret. */
  readonly token: string;
}

const BASE_URL = 'https://api.cloudflare.com/client/v4';

/**
 * The account by the variables that wrangler reads: CLOUDFLARE_API_TOKEN, CLOUDFLARE_ACCOUNT_ID and CLOUDFLARE_API_BASE_URL.
 * @param accountId of the deployment's configuration, where the variable says none
 * @throws UserError saying which is missing
 */
export function readVectorizeAccess(
  accountId: string | undefined,
  environment: NodeJS.ProcessEnv = process.env,
): VectorizeAccess {
  const { CLOUDFLARE_API_TOKEN: token, CLOUDFLARE_ACCOUNT_ID: account = accountId } = environment;
  if (!token || !account) {
    throw new UserError(
      `the engine vectorize takes ${token ? 'CLOUDFLARE_ACCOUNT_ID' : 'CLOUDFLARE_API_TOKEN'}: ` +
        'set CLOUDFLARE_ACCOUNT_ID, and CLOUDFLARE_API_TOKEN to a token with "Vectorize: Edit" (https://dash.cloudflare.com/profile/api-tokens)',
    );
  }
  const baseUrl = (environment.CLOUDFLARE_API_BASE_URL || BASE_URL).replace(/\/+$/, '');
  return { baseUrl, accountId: account, token };
}
