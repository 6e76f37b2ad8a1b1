/** The tokens that a language model expects after a text. */

/** The probability that is left for all tokens that are not listed; rounding never makes it less than 0. */
export function shareOfOthers(listed: readonly { readonly probability: number }[]): number {
  return Math.max(
    0,
    listed.reduce((left, { probability }) => left - probability, 1),
  );
}
