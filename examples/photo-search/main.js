import { AlignqlError, createClient } from '@alignql/client';

const PAGE_SIZE = 12;
const url = import.meta.env.VITE_ALIGNQL_URL ?? '/';
const corpus = import.meta.env.VITE_ALIGNQL_CORPUS ?? 'samples';
const client = createClient({ url });

const form = document.querySelector('form');
const list = document.querySelector('ol');
const status = document.querySelector('[role=status]');
const more = document.querySelector('#more');

/** What is on the page: a new search ends the one before. */
let running = new AbortController();
let pages;

form.addEventListener('submit', (event) => {
  event.preventDefault();
  running.abort();
  running = new AbortController();
  list.replaceChildren();
  const data = new FormData(form);
  const picture = data.get('picture');
  const query = picture.size > 0 ? { image: picture } : { text: data.get('words') };
  pages = client.search(corpus, query, { first: PAGE_SIZE, signal: running.signal });
  void showNext(running.signal);
});

more.addEventListener('click', () => void showNext(running.signal));

async function showNext(signal) {
  more.hidden = true;
  status.textContent = 'Searching…';
  try {
    const { value: page } = await pages.next();
    if (signal.aborted) return;
    list.append(...(page?.hits ?? []).map(item));
    status.textContent = list.children.length === 0 ? 'Nothing fits.' : `${list.children.length} pictures`;
    more.hidden = !page?.pageInfo.hasNextPage;
  } catch (error) {
    if (signal.aborted) return;
    status.textContent =
      error instanceof AlignqlError ? `${error.code}: ${error.message}` : `Failed: ${error.message}`;
  }
}

function item({ id, metadata, thumbnail, probability }) {
  const li = document.createElement('li');
  const caption = String(metadata?.caption ?? id);
  if (thumbnail) {
    const img = document.createElement('img');
    img.src = new URL(thumbnail, new URL(url, location.href)).href;
    img.alt = caption;
    li.append(img);
  }
  const words = document.createElement('p');
  words.textContent = `${caption} (${(100 * probability).toFixed(0)} %)`;
  li.append(words);
  return li;
}
