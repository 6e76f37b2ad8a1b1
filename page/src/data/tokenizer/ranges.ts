/** The inside of a character class for ranges in hexadecimal, "300-36f 483". */
export function ranges(list: string): string {
  return list.replace(/[0-9a-f]+/g, "\\u{$&}").replaceAll(" ", "");
}
