/** A word of the page that explains itself where it stands. */
export interface Explanation {
  /** As it is asked for: "What is the base rate?" */
  readonly question: string;
  /** One sentence in plain words. */
  readonly sentence: string;
  /** Where to read on: path on this origin, with the heading. */
  readonly href: string;
}

/** Every "?" of the page. Headings of docs/words.md; a test follows each link. */
export const EXPLANATIONS = {
  encoder: {
    question: 'What is the encoder?',
    sentence: 'The model that turns pictures and texts into vectors that can be compared.',
    href: '/docs/words#encoder',
  },
  selection: {
    question: 'What is a selection?',
    sentence:
      'The published record that says which numbers of a vector are kept, how a pair is scored with them, and what a score means as a probability.',
    href: '/docs/words#selection',
  },
  probability: {
    question: 'What does the probability say?',
    sentence:
      'How often a score like this one belonged to a true caption, among pairs held out to measure it. It rises in steps, so that near scores share one.',
    href: '/docs/words#probability',
  },
  interval: {
    question: 'What is the 95 % interval?',
    sentence: 'Where the probability may really lie, given how many pairs it was measured on.',
    href: '/docs/words#interval',
  },
  baseRate: {
    question: 'What is the base rate?',
    sentence:
      'How many captions in a hundred you expect to belong to their picture before looking: it moves every probability, and no order.',
    href: '/docs/words#base-rate',
  },
  cosine: {
    question: 'What is the cosine?',
    sentence: 'How near picture and text are as the encoder sees them, from −1 to 1, whatever the selection.',
    href: '/docs/words#cosine',
  },
  score: {
    question: 'What is the score?',
    sentence:
      'What the selection makes of picture and text: it decides the order, and is turned into the probability.',
    href: '/docs/words#score',
  },
  decision: {
    question: 'What is a decision?',
    sentence:
      'Match or mismatch where the selection expects to be right 95 times in 100; uncertain in between, where many a wrong caption stands too.',
    href: '/docs/words#decision',
  },
  corpus: {
    question: 'What is a corpus?',
    sentence: 'Many pictures or texts as vectors of one encoder, packed so that they can be searched.',
    href: '/docs/words#corpus',
  },
} as const satisfies Readonly<Record<string, Explanation>>;

export type ExplainedTerm = keyof typeof EXPLANATIONS;
