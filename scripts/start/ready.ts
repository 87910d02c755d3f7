/**
 * Asks the API a query, through the front: it waits until workerd is up.
 * @param isLocked whether a refusal, for want of credentials, is the right answer
 * @throws Error when the answer is another, with what it is
 */
export async function assertAnswers(url: string, isLocked: boolean): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: '{ __typename }' }),
  });
  const text = await response.text();
  if (isLocked && response.status === 401) return;
  if (!response.ok || !text.includes('"data"')) {
    throw new Error(`the API answers ${response.status}: ${text.slice(0, 1000)}`);
  }
}
