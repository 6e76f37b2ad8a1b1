/** Dark or light: follows state.theme and, where that is "auto", what is around the page; hands the colors to the map. */
import type { App } from "../app";
import type { ColorScheme } from "../state/color";

export interface ThemeControl {
  readonly scheme: () => ColorScheme;
  readonly onChange: (listener: () => void) => () => void;
}

/** What is dark or light around the page. */
export interface Surroundings {
  readonly isDark: () => boolean;
  /** Call `changed` when it may have changed, until the returned function is called. */
  readonly listen: (changed: () => void) => () => void;
}

function system(window: Window): Surroundings {
  const query = window.matchMedia("(prefers-color-scheme: dark)");
  return {
    isDark: () => query.matches,
    listen(changed) {
      query.addEventListener("change", changed);
      return () => query.removeEventListener("change", changed);
    },
  };
}

export function controlTheme(
  app: App,
  root: HTMLElement,
  surroundings: Surroundings = system(root.ownerDocument.defaultView!),
): ThemeControl {
  const listeners = new Set<() => void>();
  let shown: ColorScheme | null = null;

  const scheme = (): ColorScheme => {
    const { theme } = app.store.get();
    if (theme !== "auto") return theme;
    return surroundings.isDark() ? "dark" : "light";
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

  app.onDestroy(surroundings.listen(update));
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
