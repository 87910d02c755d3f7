/**
 * Asks the API what it runs, through the front: it waits until workerd is up. Under /v1, since a deployment may answer no query but those
 * of a list.
 * @param origin where the API is
 * @param isLocked whether a refusal, for want of credentials, is the right answer
 * @throws Error when the answer is another, with what it is
 */
export async function assertAnswers(origin: string, isLocked: boolean): Promise<void> {
  const response = await fetch(`${origin}/v1/models`);
  const text = await response.text();
  if (isLocked && response.status === 401) return;
  if (!response.ok || !text.includes('"data"')) {
    throw new Error(`the API answers ${response.status}: ${text.slice(0, 1000)}`);
  }
}
