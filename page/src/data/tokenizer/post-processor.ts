/** What changes the places of tokens after the model; tokens around a text are not added here. */
import type { Part } from "./part";

interface Place {
  start: number;
  end: number;
  readonly token: string;
}

/** GPT-2's character for a space. */
const SPACES = /^[\u0120\p{White_Space}]*/u;
const SPACES_AT_END = /[\u0120\p{White_Space}]*$/u;

/** Takes the spaces at both ends of a token out of its place, where the file says so. */
export function trimmer(part: Part | null | undefined): (found: Place[], text: string) => void {
  const step = stepOf(part);
  if (step === null) return () => {};
  const isPrefixed = step.add_prefix_space !== false;
  return (found, text) => {
    found.forEach((place, at) => {
      let leading = SPACES.exec(place.token)![0].length;
      const trailing = SPACES_AT_END.exec(place.token)![0].length;
      if (leading === 1 && isPrefixed && (at === 0 || place.start === 0)) leading = 0;
      place.start = Math.min(moved(text, place.start, leading), place.end);
      place.end = Math.max(moved(text, place.end, -trailing), place.start);
    });
  };
}

/** The place `n` characters further on, or back. */
function moved(text: string, at: number, n: number): number {
  for (; n > 0 && at < text.length; n--) at += text.codePointAt(at)! > 0xffff ? 2 : 1;
  for (; n < 0 && at > 0; n++) at -= at > 1 && text.codePointAt(at - 2)! > 0xffff ? 2 : 1;
  return at;
}

/** The step that trims: ByteLevel or RobertaProcessing with `trim_offsets`, which both have unless they say no. */
function stepOf(part: Part | null | undefined): Part | null {
  if (part?.type === "Sequence") return (part.processors as Part[]).map(stepOf).find((step) => step !== null) ?? null;
  const isOfBytes = part?.type === "ByteLevel" || part?.type === "RobertaProcessing";
  return isOfBytes && part.trim_offsets !== false ? part : null;
}
