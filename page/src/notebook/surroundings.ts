/** Whether the notebook around a page is dark: its own theme, not that of the system. */
import type { Surroundings } from "../control/theme";

/** By the color behind `element`, which every notebook has, whatever it calls its themes. */
export function surroundingsOf(element: HTMLElement): Surroundings {
  const { documentElement, body } = element.ownerDocument;
  return {
    isDark: () => isDark(colorBehind(element)),
    listen(changed) {
      // A theme is a class or an attribute of one of these, and its style sheet may arrive after it.
      const observer = new MutationObserver(() => {
        changed();
        setTimeout(changed, SETTLED_MS);
      });
      for (const each of [documentElement, body]) observer.observe(each, { attributes: true });
      const sheets = new MutationObserver(() => setTimeout(changed, SETTLED_MS));
      sheets.observe(element.ownerDocument.head, { childList: true });
      return () => {
        observer.disconnect();
        sheets.disconnect();
      };
    },
  };
}

const SETTLED_MS = 300;

type Color = readonly [red: number, green: number, blue: number];

function colorBehind(element: HTMLElement): Color {
  for (let each: Element | null = element; each; each = each.parentElement) {
    const color = parsed(each.ownerDocument.defaultView!.getComputedStyle(each).backgroundColor);
    if (color) return color;
  }
  return [255, 255, 255];
}

/** null: nothing is painted. */
function parsed(css: string): Color | null {
  const numbers = css.match(/[\d.]+/g)?.map(Number) ?? [];
  const [red, green, blue, alpha = 1] = numbers;
  if (numbers.length < 3 || alpha < 0.5) return null;
  return css.startsWith("color(") ? [255 * red, 255 * green, 255 * blue] : [red, green, blue];
}

function isDark([red, green, blue]: Color): boolean {
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue < 128;
}
