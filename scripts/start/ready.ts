/**
 * Asks the API a query, through the front: it waits until workerd is up.
 * @throws Error when the answer is no data, with what it is
 */
export async function assertAnswers(url: string): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: '{ __typename }' }),
  });
  const text = await response.text();
  if (!response.ok || !text.includes('"data"')) {
    throw new Error(`the API answers ${response.status}: ${text.slice(0, 1000)}`);
  }
}
