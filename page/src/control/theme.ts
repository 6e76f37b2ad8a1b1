/** Dark or light: follows state.theme and, where that is "auto", the system; hands the colors to the map. */
import type { App } from "../app";
import type { ColorScheme } from "../state/color";

export interface ThemeControl {
  readonly scheme: () => ColorScheme;
  readonly onChange: (listener: () => void) => () => void;
}

export function controlTheme(app: App, root: HTMLElement): ThemeControl {
  const system = root.ownerDocument.defaultView!.matchMedia("(prefers-color-scheme: dark)");
  const listeners = new Set<() => void>();
  let shown: ColorScheme | null = null;

  const scheme = (): ColorScheme => {
    const { theme } = app.store.get();
    if (theme !== "auto") return theme;
    return system.matches ? "dark" : "light";
  };
  const update = () => {
    if (scheme() === shown) return;
    shown = scheme();
    root.dataset.theme = shown;
    const style = getComputedStyle(root);
    const value = (name: string) => style.getPropertyValue(name).trim();
    app.map.setTheme({
      dark: shown === "dark",
      background: value("--background"),
      ink: value("--ink"),
      faint: value("--faint"),
      accent: value("--accent"),
      font: value("--font"),
    });
    for (const listener of listeners) listener();
  };

  system.addEventListener("change", update);
  app.onDestroy(() => system.removeEventListener("change", update));
  app.onDestroy(app.store.subscribe(update));
  update();
  return {
    scheme,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
