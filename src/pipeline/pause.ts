const FIRST_MAX_SECONDS = 60;
const MAX_SECONDS = 900;
/** By what messages take about: a small run is looked at every second. */
const MESSAGES_A_SECOND = 100;
/** A wait that lasts so long is looked at half as often from then on: steps are counted, and a run may take weeks. */
const ROUNDS_OF_ONE_PAUSE = 500;

/** Seconds from one look at how far so many messages are to the next; rounds count from 1. */
export function pauseSeconds(messages: number, round: number): number {
  const first = Math.min(FIRST_MAX_SECONDS, Math.max(1, Math.ceil(messages / MESSAGES_A_SECOND)));
  return Math.min(MAX_SECONDS, first * 2 ** Math.floor(round / ROUNDS_OF_ONE_PAUSE));
}

/** Looks that a wait of so long takes. */
export function roundsOf(messages: number, seconds: number): number {
  let round = 1;
  for (let passed = 0; passed < seconds; round++) passed += pauseSeconds(messages, round);
  return round;
}
