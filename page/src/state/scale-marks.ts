/** Which numbers are written below a scale of colors, and where. */

export interface ScaleMark {
  readonly value: number;
  /** 0 at the left end … 1 at the right. */
  readonly at: number;
}

/** Numbers nearer to an end than this would run into that of the end. */
const CLEAR = 0.17;
/** At most so many between the ends. */
const MOST = 4;

/** The ends, and on a scale of logarithms the powers of ten between them, as many as have room. */
export function scaleMarks(from: number, to: number, isLogarithmic: boolean): ScaleMark[] {
  if (!(to > from)) return [{ value: from, at: 0 }];
  const ends = [
    { value: from, at: 0 },
    { value: to, at: 1 },
  ];
  if (!isLogarithmic) return ends;
  const [low, high] = [Math.log10(from), Math.log10(to)];
  const powers: ScaleMark[] = [];
  for (let power = Math.ceil(low); power <= high; power++) {
    const at = (power - low) / (high - low);
    if (at >= CLEAR && at <= 1 - CLEAR) powers.push({ value: 10 ** power, at });
  }
  const step = Math.ceil(powers.length / MOST);
  return [ends[0], ...powers.filter((_, at) => at % step === 0), ends[1]];
}
