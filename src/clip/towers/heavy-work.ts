/** Runs one piece of heavy work when its turn comes, and gives its outcome. */
export type RunPiece = <T>(piece: () => T | Promise<T>) => Promise<T>;

/** One turn of the event loop; in workerd it takes 5 microseconds when there is nothing to do. */
const nextTurn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

/**
 * Turns between two pieces. A short request that came in meanwhile takes several of them until its answer has left: one for each socket
 * and each Worker on its way.
 */
const TURNS_BETWEEN = 16;

/** Turns that one waits for another in front that does not live through any. */
const LOST_AFTER_TURNS = 1000;

interface Waiter {
  /** Turns of the event loop that it has lived through. */
  turns: number;
}

/**
 * A queue for work that holds the thread, such as decoding a picture. Before each piece the event loop is served, so that a short
 * request waits for one piece at most, however many requests have work here. Pieces run in the order in which they were asked for:
 * requests that ask for one at a time take turns.
 *
 * A cancelled request never goes on in workerd. A turn that was handed to it would be lost, and with it the isolate; so nobody hands
 * turns over, everyone looks for himself.
 * @param turn waits for one turn of the event loop
 */
export function createHeavyWork(turn: () => Promise<void> = nextTurn): RunPiece {
  const waiting: Waiter[] = [];
  let pieces = 0;

  async function awaitTurn(): Promise<void> {
    const self: Waiter = { turns: 0 };
    waiting.push(self);
    let between = 0;
    let still = 0;
    while (between < TURNS_BETWEEN || isBehind(self)) {
      const before = { pieces, first: waiting[0], turns: waiting[0]?.turns };
      await turn();
      self.turns++;
      between = pieces === before.pieces ? between + 1 : 0;
      const isStill = waiting[0] === before.first && waiting[0]?.turns === before.turns;
      still = isStill ? still + 1 : 0;
      if (still > LOST_AFTER_TURNS) waiting.shift();
    }
    const place = waiting.indexOf(self);
    if (place >= 0) waiting.splice(place, 1);
  }

  /** Whoever was taken for lost has waited longest. */
  function isBehind(self: Waiter): boolean {
    return waiting[0] !== self && waiting.includes(self);
  }

  return async (piece) => {
    await awaitTurn();
    pieces++;
    try {
      return await piece();
    } finally {
      // What took several turns has held the thread up to now.
      pieces++;
    }
  };
}
