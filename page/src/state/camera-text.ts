/** A camera as the address holds it. */
import type { Camera } from "./camera";

export function cameraText({ target, distance, azimuth, elevation }: Camera): string {
  return [...target, distance, azimuth, elevation].map((value) => String(Number(value.toFixed(4)))).join("_");
}

export function cameraFrom(text: string | null): Camera | null {
  const numbers = (text ?? "").split("_").map(Number);
  if (numbers.length !== 6 || !numbers.every(Number.isFinite) || numbers[3] <= 0) return null;
  const [x, y, z, distance, azimuth, elevation] = numbers;
  return { target: [x, y, z], distance, azimuth, elevation };
}
