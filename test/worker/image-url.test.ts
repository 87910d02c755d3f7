import { afterEach, describe, expect, it, vi } from 'vitest';
import { bytesOf, samplePicture } from './pictures.ts';
import { ask, askWith } from './setup.ts';

const EMBED = `query ($url: URL!) {
  embedImages(images: [{ url: $url }]) { __typename ... on Embedding { vector } ... on ItemError { code message retryable } }
}`;

async function embedUrl(
  url: string,
): Promise<{ __typename: string; code?: string; message: string; retryable?: boolean }> {
  const { data } = await ask(EMBED, { url });
  return data.embedImages[0];
}

/** Made anew for every request: workerd ties a body to the request that made it. */
type Reply = (init: RequestInit) => Response | Promise<Response>;

/** A double of the network beyond the Worker: replies by URL, and what was asked for. */
function network(replies: Readonly<Record<string, Reply>>): {
  readonly asked: string[];
  readonly inits: RequestInit[];
} {
  const asked: string[] = [];
  const inits: RequestInit[] = [];
  vi.stubGlobal('fetch', async (input: URL | string, init: RequestInit) => {
    asked.push(String(input));
    inits.push(init);
    const reply = replies[String(input)];
    if (!reply) throw new TypeError(`no route to ${String(input)}`);
    return reply(init);
  });
  return { asked, inits };
}

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('an image URL is refused before anything is fetched', () => {
  it.each([
    ['a scheme other than https', 'http://images.example.com/a.png'],
    ['a file', 'file:///etc/passwd'],
    ['data', 'data:image/png;base64,AAAA'],
    ['no absolute URL', '/a.png'],
    ['an empty text', ''],
    ['a broken URL', 'https://'],
    ['credentials', 'https://user:secret@images.example.com/a.png'],
    ['a user alone', 'https://user@images.example.com/a.png'],
    ['another port', 'https://images.example.com:8443/a.png'],
    ['port 80', 'https://images.example.com:80/a.png'],
    ['very many characters', `https://images.example.com/${'a'.repeat(2048)}`],
    ['localhost', 'https://localhost/a.png'],
    ['localhost with a dot', 'https://localhost./a.png'],
    ['a name under localhost', 'https://api.localhost/a.png'],
    ['a single label', 'https://intranet/a.png'],
    ['.local', 'https://printer.local/a.png'],
    ['.internal', 'https://metadata.google.internal/computeMetadata/v1/'],
    ['.home.arpa', 'https://nas.home.arpa/a.png'],
    ['.onion', 'https://abc.onion/a.png'],
    ['loopback', 'https://127.0.0.1/a.png'],
    ['loopback in one number', 'https://2130706433/a.png'],
    ['loopback in octal', 'https://0177.0.0.1/a.png'],
    ['loopback in hexadecimal', 'https://0x7f000001/a.png'],
    ['loopback in short', 'https://127.1/a.png'],
    ['loopback in full-width digits', 'https://１２７.0.0.1/a.png'],
    ['any address', 'https://0.0.0.0/a.png'],
    ['10/8', 'https://10.0.0.1/a.png'],
    ['172.16/12', 'https://172.31.255.255/a.png'],
    ['192.168/16', 'https://192.168.1.1/a.png'],
    ['the metadata address', 'https://169.254.169.254/latest/meta-data/'],
    ['carrier-grade NAT', 'https://100.100.100.200/a.png'],
    ['broadcast', 'https://255.255.255.255/a.png'],
    ['multicast', 'https://224.0.0.1/a.png'],
    ['documentation', 'https://192.0.2.1/a.png'],
    ['benchmarks', 'https://198.18.0.1/a.png'],
    ['class E', 'https://240.0.0.1/a.png'],
    ['IPv6 loopback', 'https://[::1]/a.png'],
    ['IPv6 any address', 'https://[::]/a.png'],
    ['unique local IPv6', 'https://[fd00:ec2::254]/a.png'],
    ['link-local IPv6', 'https://[fe80::1]/a.png'],
    ['site-local IPv6', 'https://[fec0::1]/a.png'],
    ['IPv4-mapped loopback', 'https://[::ffff:127.0.0.1]/a.png'],
    ['IPv4-mapped private', 'https://[::ffff:a00:1]/a.png'],
    ['IPv4-compatible loopback', 'https://[::127.0.0.1]/a.png'],
    ['NAT64', 'https://[64:ff9b::7f00:1]/a.png'],
    ['6to4', 'https://[2002:7f00:1::]/a.png'],
    ['Teredo', 'https://[2001::1]/a.png'],
    ['the address of Azure that answers inside', 'https://168.63.129.16/machine'],
    ['a service of Kubernetes', 'https://kubernetes.default.svc/api'],
    ['a name that holds an address', 'https://127.0.0.1.nip.io/a.png'],
    ['.localdomain', 'https://localhost.localdomain/a.png'],
    ['this service itself', 'https://alignql.test/graphql?query={encoder{id}}'],
    ['this service with a dot', 'https://alignql.test./graphql?query={encoder{id}}'],
  ])('for %s', async (_name, url) => {
    const { asked } = network({});
    expect(await embedUrl(url)).toMatchObject({
      __typename: 'ItemError',
      code: 'URL_REFUSED',
      retryable: false,
    });
    expect(asked).toEqual([]);
  });

  it('also where a redirect leads to it', async () => {
    const { asked } = network({
      'https://images.example.com/a.png': () =>
        Response.redirect('https://169.254.169.254/latest/meta-data/'),
    });
    expect(await embedUrl('https://images.example.com/a.png')).toMatchObject({ code: 'URL_REFUSED' });
    expect(asked).toEqual(['https://images.example.com/a.png']);
  });

  it('also where a redirect leaves https', async () => {
    network({
      'https://images.example.com/a.png': () => Response.redirect('http://images.example.com/a.png'),
    });
    expect((await embedUrl('https://images.example.com/a.png')).message).toContain('https');
  });
});

describe('the list of hosts of the operator', () => {
  const IMAGE_HOSTS = 'images.example.com, *.example.net';

  it('holds for the URL and for every redirect', async () => {
    const { asked } = network({
      'https://images.example.com/a.png': () => Response.redirect('https://cdn.example.net/a.png'),
      'https://cdn.example.net/a.png': () => Response.redirect('https://example.net/a.png'),
    });
    for (const url of ['https://images.example.com/a.png', 'https://pictures.example.com/a.png']) {
      const { data } = await askWith({ IMAGE_HOSTS }, EMBED, { url });
      expect(data.embedImages[0]).toMatchObject({ code: 'URL_REFUSED' });
      expect(data.embedImages[0].message).toContain('fetches no images from');
      expect(data.embedImages[0].message).not.toContain('IMAGE_HOSTS');
    }
    expect(asked).toEqual(['https://images.example.com/a.png', 'https://cdn.example.net/a.png']);
  });

  it('lets a request without URLs pass where it is wrong, and tells callers of others nothing', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const url = 'https://images.example.com/a.png';
    const { errors } = await askWith({ IMAGE_HOSTS: 'https://images.example.com' }, EMBED, { url });
    expect(errors?.[0]).toMatchObject({ message: 'Unexpected error.', extensions: { code: 'INTERNAL' } });
    expect(String(log.mock.calls[0])).toContain('IMAGE_HOSTS');
    log.mockRestore();
    const given = await askWith({ IMAGE_HOSTS: '*.com' }, '{ limits { urls } }');
    expect(given.errors).toBeUndefined();
  });
});

describe('an image URL', () => {
  const image = async (): Promise<Response> => {
    const bytes = bytesOf(await samplePicture('a-badger.webp'));
    return new Response(bytes, { headers: { 'content-type': 'image/webp' } });
  };
  const at = (path: string): string => `https://images.example.com/${path}`;

  it('embeds like the bytes behind it, and sends nothing of the caller', async () => {
    const { inits } = network({ [at('a.webp')]: image });
    const [fromUrl, fromBytes] = await Promise.all([
      ask(EMBED, { url: at('a.webp') }, { cookie: 'session=1', authorization: 'Bearer x' }),
      ask(`query ($b: String!) { embedImages(images: [{ base64: $b }]) { ... on Embedding { vector } } }`, {
        b: await samplePicture('a-badger.webp'),
      }),
    ]);
    expect(fromUrl.data.embedImages[0].vector).toBe(fromBytes.data.embedImages[0].vector);
    expect(Object.keys(inits[0].headers ?? {}).sort()).toEqual(['accept', 'user-agent']);
    expect(inits[0].redirect).toBe('manual');
  });

  it('is fetched by the platform, redirect and all', async () => {
    expect(await embedUrl('https://pictures.example.com/moved.webp')).toMatchObject({
      __typename: 'Embedding',
    });
    expect(await embedUrl('https://pictures.example.com/none.webp')).toMatchObject({ code: 'URL_FAILED' });
  });

  it('follows redirects, relative ones too', async () => {
    const { asked } = network({
      [at('1')]: () => new Response(null, { status: 302, headers: { location: '/2' } }),
      [at('2')]: () =>
        new Response(null, { status: 308, headers: { location: 'https://cdn.example.net/3' } }),
      'https://cdn.example.net/3': () => new Response(null, { status: 307, headers: { location: '4' } }),
      'https://cdn.example.net/4': image,
    });
    expect(await embedUrl(at('1'))).toMatchObject({ __typename: 'Embedding' });
    expect(asked).toEqual([at('1'), at('2'), 'https://cdn.example.net/3', 'https://cdn.example.net/4']);
  });

  it('stops after three redirects', async () => {
    const { asked } = network({
      [at('loop')]: () => new Response(null, { status: 302, headers: { location: at('loop') } }),
    });
    const error = await embedUrl(at('loop'));
    expect(error).toMatchObject({ code: 'URL_FAILED' });
    expect(error.message).toContain('3 times');
    expect(asked).toHaveLength(4);
  });

  it.each([
    {
      name: 'a redirect to nowhere',
      reply: () => new Response(null, { status: 302 }),
      code: 'URL_FAILED',
      says: 'redirects',
    },
    { name: 'status 404', reply: () => new Response('no', { status: 404 }), code: 'URL_FAILED', says: '404' },
    {
      name: 'status 206',
      reply: () => new Response('part', { status: 206 }),
      code: 'URL_FAILED',
      says: '206',
    },
    { name: 'an empty body', reply: () => new Response(null), code: 'BAD_IMAGE', says: 'empty' },
    {
      name: 'a page',
      reply: () => new Response('<html>', { headers: { 'content-type': 'text/html; charset=utf-8' } }),
      code: 'BAD_IMAGE',
      says: 'text/html',
    },
    {
      name: 'a page that calls itself an image',
      reply: () => new Response('<html>', { headers: { 'content-type': 'image/png' } }),
      code: 'BAD_IMAGE',
      says: 'HTML',
    },
    {
      name: 'a declared length over the limit',
      reply: () =>
        new Response('x', { headers: { 'content-type': 'image/png', 'content-length': '8388609' } }),
      code: 'IMAGE_TOO_LARGE',
      says: '8388608',
    },
  ])('fails for $name', async ({ reply, code, says }) => {
    network({ [at('a')]: reply });
    const error = await embedUrl(at('a'));
    expect(error).toMatchObject({ code });
    expect(error.message).toContain(says);
  });

  it('stops a download that goes on over the limit', async () => {
    let sent = 0;
    let cancelled = false;
    const endless = () =>
      new ReadableStream<Uint8Array>({
        pull(controller) {
          sent += 1_048_576;
          controller.enqueue(new Uint8Array(1_048_576));
        },
        cancel() {
          cancelled = true;
        },
      });
    network({ [at('endless')]: () => new Response(endless(), { headers: { 'content-type': 'image/png' } }) });
    expect(await embedUrl(at('endless'))).toMatchObject({ code: 'IMAGE_TOO_LARGE' });
    expect(cancelled).toBe(true);
    expect(sent).toBeLessThan(12 * 1_048_576);
  });

  it('tells a host that cannot be reached without the cause', async () => {
    network({});
    const error = await embedUrl(at('down'));
    expect(error).toMatchObject({ code: 'URL_FAILED', retryable: true });
    expect(error.message).not.toContain('no route');
  });

  it('gives up when the time is over', async () => {
    vi.spyOn(AbortSignal, 'timeout').mockImplementation(() =>
      AbortSignal.abort(new DOMException('', 'TimeoutError')),
    );
    network({
      [at('slow')]: (init) => {
        init.signal?.throwIfAborted();
        return new Response('never');
      },
    });
    const error = await embedUrl(at('slow'));
    vi.restoreAllMocks();
    expect(error).toMatchObject({ code: 'URL_FAILED' });
    expect(error.message).toContain('8000 ms');
  });

  it('is fetched once however often a request names it', async () => {
    const { asked } = network({ [at('a.webp')]: image });
    const { data } = await ask(
      `query ($url: URL!) {
        a: embedImages(images: [{ url: $url }, { url: $url }]) { ... on Embedding { vector } }
        b: embedImages(images: [{ url: $url }]) { ... on Embedding { vector } }
      }`,
      { url: at('a.webp') },
    );
    expect(asked).toHaveLength(1);
    expect(data.b[0].vector).toBe(data.a[1].vector);
  });

  it('waits for its turn of four, and its time begins with its turn', async () => {
    const timers = vi.spyOn(AbortSignal, 'timeout');
    let answered = 0;
    let mostAtOnce = 0;
    const reply = async (): Promise<Response> => {
      await scheduler.wait(20); // long enough for all to have begun, if nothing held them
      mostAtOnce = Math.max(mostAtOnce, timers.mock.calls.length - answered);
      answered++;
      return new Response('no', { status: 404 });
    };
    const urls = Array.from({ length: 10 }, (_, i) => at(`${i}.png`));
    network(Object.fromEntries(urls.map((url) => [url, reply])));
    const { data } = await ask(
      `query ($images: [ImageInput!]!) { embedImages(images: $images) { ... on ItemError { message } } }`,
      { images: urls.map((url) => ({ url })) },
    );
    vi.restoreAllMocks();
    expect(data.embedImages).toHaveLength(10);
    for (const { message } of data.embedImages) expect(message).toContain('404');
    expect(answered).toBe(10);
    expect(mostAtOnce).toBe(4);
  });

  it('is one of at most 16 different ones, or none is fetched', async () => {
    const { asked } = network({});
    const { errors } = await ask(
      `query ($images: [ImageInput!]!) { embedImages(images: $images) { ... on ItemError { code message } } }`,
      { images: Array.from({ length: 17 }, (_, i) => ({ url: at(`${i}.png`) })) },
    );
    expect(asked).toEqual([]);
    expect(errors).toMatchObject([{ extensions: { code: 'LIMIT_EXCEEDED', asked: 17, allowed: 16 } }]);
  });
});
