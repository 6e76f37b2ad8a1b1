/** Keeps the traits of a widget, which Python reads and sets, and the state of its page in step. */
import type { App } from "../app";
import { sortedIds } from "../state/ids";
import { NONE_INDEPENDENT } from "../state/independent-axes";
import { requested } from "../state/projection-settings";
import { type AxisWords, NO_AXIS, type State } from "../state/state";
import type { Model } from "./model";

/** Python hears no more often of what changes. */
const PAUSE_MS = 100;

type Manifest = App["source"]["manifest"];

interface Trait {
  readonly fields: readonly (keyof State)[];
  /** Its value for a state, as JSON. */
  readonly read: (state: State, manifest: Manifest) => unknown;
  /** What a value changes in the state. */
  readonly change: (value: never) => Partial<State>;
}

type Picture = Pick<State, "method" | "dims" | "seed" | "settings" | "components"> & {
  readonly axes: readonly AxisWords[];
};

function asInState(name: "chosen" | "hovered" | "camera"): Trait {
  return { fields: [name], read: (state) => state[name], change: (value) => ({ [name]: value }) };
}

const TRAITS: Readonly<Record<string, Trait>> = {
  selection: {
    fields: ["selected"],
    read: ({ selected }) => [...selected],
    change: (ids: readonly number[]) => ({ selected: sortedIds(ids) }),
  },
  chosen: asInState("chosen"),
  hovered: asInState("hovered"),
  picture: {
    fields: ["method", "dims", "seed", "settings", "components", "axes"],
    // The state keeps the numbers of the other methods too.
    read({ method, dims, seed, axes, ...chosen }, manifest): Picture {
      const numbers = requested(manifest, method, dims, chosen);
      return { method, dims, seed, ...numbers, axes: axes.filter(({ from, to }) => from || to) };
    },
    change: ({ method, dims, seed, settings, components, axes }: Picture) => ({
      method,
      dims,
      seed,
      settings,
      components,
      axes: [...axes, NO_AXIS, NO_AXIS, NO_AXIS].slice(0, 3),
      ...(axes.length > 0 && { independent: NONE_INDEPENDENT }),
    }),
  },
  camera: asInState("camera"),
  moment: {
    fields: ["moment"],
    read: ({ moment }) => Math.round(moment),
    change: (moment: number) => ({ moment, playing: false }),
  },
};

/** What the traits say of the state at the start. */
export function beginning(model: Model): Partial<State> {
  const changes = Object.entries(TRAITS).map(([name, trait]) => trait.change(model.get(name) as never));
  return Object.assign({}, ...changes) as Partial<State>;
}

/** Until the page is destroyed. */
export function followTraits(app: App, model: Model): void {
  const { store, source } = app;
  const changed = new Set<string>();
  let timer: ReturnType<typeof setTimeout> | undefined;

  const isSame = (name: string): boolean => {
    const { read, change } = TRAITS[name];
    const now = store.get();
    const next = { ...now, ...change(model.get(name) as never) };
    return JSON.stringify(read(now, source.manifest)) === JSON.stringify(read(next, source.manifest));
  };

  function tell(): void {
    timer = undefined;
    const different = [...changed].filter((name) => !isSame(name));
    changed.clear();
    for (const name of different) model.set(name, TRAITS[name].read(store.get(), source.manifest));
    if (different.length) model.save_changes();
  }

  app.onDestroy(
    store.subscribe((now, before) => {
      for (const [name, { fields }] of Object.entries(TRAITS))
        if (fields.some((field) => now[field] !== before[field])) changed.add(name);
      if (changed.size > 0) timer ??= setTimeout(tell, PAUSE_MS);
    }),
  );
  app.onDestroy(() => clearTimeout(timer));

  for (const name of Object.keys(TRAITS)) {
    const hear = () => {
      if (isSame(name)) return;
      const value = model.get(name) as never;
      changed.delete(name);
      if (name === "chosen") app.choose(value, true);
      else store.set(TRAITS[name].change(value));
      if (name === "camera") app.map.setCamera(value, true);
    };
    model.on(`change:${name}`, hear);
    app.onDestroy(() => model.off(`change:${name}`, hear));
  }
}
