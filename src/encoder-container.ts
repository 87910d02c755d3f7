import { DurableObject } from 'cloudflare:workers';
import { isSameHash } from './format/access-key.ts';
import { openAiError } from './rest/openai/errors.ts';

/** The bindings of wrangler.container.toml. */
interface ContainerEnv {
  readonly ENCODER: DurableObjectNamespace<EncoderContainer>;
  /** Secret: keys with commas between them, as the encoder server takes them. */
  readonly ENCODER_KEYS?: string;
  /** Containers that requests are spread over: `max_instances` at most. */
  readonly ENCODER_INSTANCES: string;
}

/** Where the encoder server listens in its container: EXPOSE of the Dockerfile. */
const PORT = 7997;
/** After which a container without requests is stopped, and no longer paid for. */
const IDLE_MS = 10 * 60_000;
/** An image of some hundred MB starts in seconds, a large model takes longer to load. */
const START_MS = 60_000;
const RETRY_MS = 300;

/** What is used of `ctx.container`. */
type StartedContainer = Pick<
  Container,
  'running' | 'start' | 'monitor' | 'setInactivityTimeout' | 'getTcpPort'
>;

/** One container with the encoder server. It starts with its first request. */
export class EncoderContainer extends DurableObject<ContainerEnv> {
  override async fetch(request: Request): Promise<Response> {
    const { container } = this.ctx;
    if (container === undefined)
      throw new Error('wrangler.container.toml needs [[containers]] for this class');
    return askContainer(container, request, this.env.ENCODER_KEYS ?? '');
  }
}

/**
 * Hand a request to the encoder server in a container, which is started when it does not run.
 * @param wait for so many milliseconds
 */
export async function askContainer(
  container: StartedContainer,
  request: Request,
  keys: string,
  wait: (ms: number) => Promise<void> = (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
): Promise<Response> {
  if (!container.running) {
    container.start({ env: { ENCODER_KEYS: keys }, enableInternet: false });
    container.monitor().catch((error: unknown) => console.error('The encoder container ended:', error));
    await container.setInactivityTimeout(IDLE_MS);
  }
  const port = container.getTcpPort(PORT);
  for (let waited = 0; !(await isServing(port)); waited += RETRY_MS) {
    if (waited >= START_MS)
      return refusal(503, 'The encoder is still starting: come again.', { 'retry-after': '10' });
    await wait(RETRY_MS);
  }
  const { pathname, search } = new URL(request.url);
  return port.fetch(new Request(`http://encoder${pathname}${search}`, request));
}

/** Asking a port on which nothing listens throws. */
async function isServing(port: Fetcher): Promise<boolean> {
  try {
    const answer = await port.fetch('http://encoder/health');
    await answer.body?.cancel();
    return answer.ok;
  } catch {
    return false;
  }
}

/** Whether an `Authorization` header has one of the keys. Compared by hash, and with each: the time taken tells nothing. */
export async function hasKey(authorization: string | null, keys: string): Promise<boolean> {
  const given = /^bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
  if (given === undefined) return false;
  const hash = await sha256(given);
  const known = keys.split(',').map((key) => key.trim());
  const same = await Promise.all(known.map(async (key) => key !== '' && isSameHash(await sha256(key), hash)));
  return same.includes(true);
}

async function sha256(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
}

function refusal(status: 401 | 503, message: string, headers: Readonly<Record<string, string>>): Response {
  const code = status === 401 ? 'UNAUTHENTICATED' : 'ENCODER_BUSY';
  return Response.json(openAiError({ code, message }, status).body, { status, headers });
}

export default {
  async fetch(request, env) {
    // Here already: a stranger must not start a container that someone pays for.
    if (!(await hasKey(request.headers.get('authorization'), env.ENCODER_KEYS ?? ''))) {
      const message = 'Expected a key of this encoder: Authorization: Bearer KEY.';
      return refusal(401, message, { 'www-authenticate': 'Bearer' });
    }
    const instances = Math.max(1, Number(env.ENCODER_INSTANCES) || 1);
    return env.ENCODER.getByName(String(Math.floor(Math.random() * instances))).fetch(request);
  },
} satisfies ExportedHandler<ContainerEnv>;
