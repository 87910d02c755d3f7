import picture from '../../models/sample/images/a-single-daisy-in-a-meadow.webp?inline';

/** What GraphiQL opens with: a picture, a text that describes it and one that does not, to be run at once. */
export const OPENING_QUERY = `# Does a text describe this picture,
# and how sure are we? Run it: the
# button, or Ctrl-Enter. Picture and
# texts are in the variables below; a
# picture may be {"url": "https://…"} too.
query Align(
  $right: TextInput!
  $wrong: TextInput!
  $image: ImageInput!
) {
  right: align(image: $image, text: $right) {
    ...Answer
  }
  wrong: align(image: $image, text: $wrong) {
    ...Answer
  }
}

fragment Answer on AlignmentResult {
  ... on Alignment {
    decision
    probability
    cosine
  }
  ... on ItemError {
    code
    message
  }
}
`;

/** The picture comes last: it is the long one. */
export const OPENING_VARIABLES = JSON.stringify(
  {
    right: { text: 'a single daisy in a meadow' },
    wrong: { text: 'a fire engine' },
    image: { base64: picture.slice(picture.indexOf(',') + 1) },
  },
  null,
  2,
);
