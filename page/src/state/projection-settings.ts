/** The numbers of the methods and the choice of components: what is sent, and how the address holds them. */
import type { Dims, Manifest, Method, SettingInfo, SettingName } from "../data/source";
import type { State } from "./state";
import { lastMoment } from "./timeline";

type Settings = State["settings"];
export type ProjectionSettings = Pick<State, "settings" | "components">;

const ALL: readonly SettingName[] = ["neighbors", "min_dist", "perplexity"];

/** The numbers that `method` can be given here. */
export function settingsOf(manifest: Manifest, method: Method): readonly SettingInfo[] {
  return manifest.drawsAnew ? (manifest.methods.find((info) => info.method === method)?.settings ?? []) : [];
}

/** `settings` with another value of one of them; the default is left out. */
export function withSetting(settings: Settings, { name, default: normal }: SettingInfo, value: number): Settings {
  const others = Object.fromEntries(Object.entries(settings).filter(([other]) => other !== name));
  return value === normal ? others : { ...others, [name]: value };
}

export function isAllowed({ lowest, highest, step }: SettingInfo, value: number): boolean {
  return value >= lowest && value <= highest && (step % 1 !== 0 || Number.isInteger(value));
}

/** What a request for `method` holds: only what the method reads. */
export function requested(
  manifest: Manifest,
  method: Method,
  dims: Dims,
  state: ProjectionSettings,
): ProjectionSettings {
  const names = settingsOf(manifest, method).map(({ name }) => name);
  const settings = Object.fromEntries(Object.entries(state.settings).filter(([name]) => names.some((n) => n === name)));
  return { settings, components: method === "pca" && canChoose(manifest) ? chosen(state.components, dims) : [] };
}

/** Whether other principal components than the first can be drawn. */
export function canChoose(manifest: Manifest): boolean {
  return mayName(manifest) && lastMoment(manifest) === 0 && manifest.timeline?.live !== true;
}

/** Whether the address may name them. */
function mayName({ drawsAnew, dim }: Manifest): boolean {
  return drawsAnew && dim > 2;
}

/** The components of a picture of `dims` dimensions, none for the first ones. */
function chosen(components: readonly number[], dims: Dims): readonly number[] {
  const shown = components.slice(0, dims);
  return shown.every((component, axis) => component === axis + 1) ? [] : shown;
}

/** The component of each axis, also where they are the first ones. */
export function shownComponents(components: readonly number[], dims: Dims): readonly number[] {
  return components.length ? components.slice(0, dims) : [1, 2, 3].slice(0, dims);
}

/**
 * `components` with another one for an axis, always three where there are so many; an axis that had it takes the one
 * that is given up, so that no two are the same. The first three are none.
 */
export function withComponent(components: readonly number[], axis: number, to: number, dim: number): readonly number[] {
  const before = filled(components, dim);
  return unlessFirst(before.map((component, at) => (at === axis ? to : component === to ? before[axis] : component)));
}

/** The next `dims` components, or those before: 1, 2, 3 → 4, 5, 6. They stay within `dim`. */
export function stepped(components: readonly number[], dims: Dims, by: 1 | -1, dim: number): readonly number[] {
  const first = Math.min(...filled(components, dim).slice(0, dims)) + by * dims;
  const from = Math.max(1, Math.min(first, dim - dims + 1));
  return unlessFirst(
    filled(
      Array.from({ length: dims }, (_, axis) => from + axis),
      dim,
    ),
  );
}

/** Three different components of `dim`, those of `components` first; two where there are no more. */
function filled(components: readonly number[], dim: number): readonly number[] {
  const all = [...components];
  for (let next = 1; all.length < Math.min(3, dim); next++) if (!all.includes(next)) all.push(next);
  return all;
}

function unlessFirst(components: readonly number[]): readonly number[] {
  return components.every((component, axis) => component === axis + 1) ? [] : components;
}

/** The entries of the address: one for each number that is not the default. */
export function settingEntries({ settings, components }: ProjectionSettings): [string, string][] {
  const numbers = ALL.flatMap((name): [string, string][] =>
    settings[name] === undefined ? [] : [[name, String(settings[name])]],
  );
  return components.length ? [...numbers, ["components", components.join("_")]] : numbers;
}

/** Read them back; what is not allowed here is ignored. */
export function settingsFrom(parts: URLSearchParams, manifest: Manifest): ProjectionSettings {
  let settings: Settings = {};
  for (const { method } of manifest.methods)
    for (const info of settingsOf(manifest, method)) {
      const text = parts.get(info.name);
      if (text !== null && /^\d{1,6}(\.\d{1,6})?$/.test(text) && isAllowed(info, Number(text)))
        settings = withSetting(settings, info, Number(text));
    }
  return { settings, components: componentsFrom(parts.get("components"), manifest) };
}

function componentsFrom(text: string | null, manifest: Manifest): readonly number[] {
  const all = (text ?? "").split("_").map((part) => (/^\d{1,6}$/.test(part) ? Number(part) : 0));
  const isGood =
    mayName(manifest) &&
    all.length === Math.min(3, manifest.dim) &&
    new Set(all).size === all.length &&
    all.every((component) => component >= 1 && component <= manifest.dim);
  return isGood ? unlessFirst(all) : [];
}
