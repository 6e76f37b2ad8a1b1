/** Dark or light: follows state.theme and, where that is "auto", the system; hands the colours to the map. */
import type { App } from "../app";
import type { Ground } from "../state/color";

export interface Ruling {
  ground(): Ground;
  onChange(listener: () => void): () => void;
}

export function controlTheme(app: App, root: HTMLElement): Ruling {
  const system = root.ownerDocument.defaultView!.matchMedia("(prefers-color-scheme: dark)");
  const listeners = new Set<() => void>();
  let shown: Ground | null = null;

  const ground = (): Ground => {
    const { theme } = app.store.get();
    if (theme !== "auto") return theme;
    return system.matches ? "dark" : "light";
  };
  const follow = () => {
    if (ground() === shown) return;
    shown = ground();
    root.dataset.theme = shown;
    const style = getComputedStyle(root);
    const value = (name: string) => style.getPropertyValue(name).trim();
    app.map.setTheme({
      dark: shown === "dark",
      background: value("--ground"),
      ink: value("--ink"),
      faint: value("--faint"),
      accent: value("--accent"),
      font: value("--font"),
    });
    for (const listener of listeners) listener();
  };

  system.addEventListener("change", follow);
  app.onDestroy(() => system.removeEventListener("change", follow));
  app.onDestroy(app.store.subscribe(follow));
  follow();
  return {
    ground,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
